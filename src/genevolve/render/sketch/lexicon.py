"""Words by what they do in a prompt: frame the picture, describe, act, name a setting, speak of type.

What is in none of these lists is taken for the name of a thing. The lists hold
single words in the singular; verbs are listed by their base, and their forms
are derived here.
"""

from ...language.colours import Rgb


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


DETERMINERS = _words("a an the this these those its his her their my your our some any another each every such")
INDEFINITE = _words("a an another some")
DEFINITE = _words("the this these those its his her their each every")
QUANTIFIERS = {
    "several": 5,
    "many": 8,
    "few": 3,
    "some": 3,
    "multiple": 4,
    "various": 4,
    "numerous": 8,
    "countless": 12,
}
"""Counts for words that leave the count open."""
NEGATIONS = _words(
    "no without not never avoid avoiding omit exclude excluding nor neither don't doesn't isn't aren't cannot don’t"
)
CLAUSE_NEGATIONS = _words("not never avoid avoiding omit exclude excluding don't doesn't cannot don’t nothing nobody")
PRONOUNS = _words("it they them itself themselves him")
COPULAS = _words("is are was were be being been stays remains appears looks seems")

FUNCTION_WORDS = _words(
    """and or but with of in on at to for from by as into onto upon off out up down over under than then so if while
    when where which who whom whose that there here it they them he she him we you i one's both also too very
    more most less least much just only exactly precisely about roughly approximately only even still again
    always ever all every none nothing everything something anything someone anyone nobody other others another
    same own each either neither like unlike is are was were be been being am has have had do does did can could
    should would may might must will shall not no nor without toward towards through throughout across along
    against among amid between behind beside besides beneath below above near around inside outside within during
    before after until since because although though per via plus versus vs etc et al away apart together forward
    forwards backward backwards upward upwards downward downwards back front top bottom left right middle centre
    center how what why these those this me us its his her their my your our itself himself herself themselves
    clearly fully entirely completely slightly almost nearly evenly equally directly simply gently softly
    perfectly neatly please e.g i.e well once twice instead rather except including using based according due
    depending regarding made up first second third last next previous following respectively horizontally
    vertically overall far close closely evenly nicely else such enough quite pretty really extra further former
    latter whole entire upside outdoors indoors today tonight i'm i'd i've i'll we're we'd we've we'll you're you'd
    now let's that's here's there's it's what's don't im thanks hi hello hey goes"""
)

_VERBS = """
    add adjust align anchor appear apply arrange ask attach attack balance bake bark base bask bathe bear become
    begin belong bend blend bloom blow blur board boil bounce bow breathe bring brush build burn burst bury buy call
    carry carve cast catch celebrate chase check cheer chew climb cling close color colour combine come compose
    connect contain cook copy cover crash crawl create cross crowd crouch cry curl cut dance dangle decorate deliver
    depict design display disappear dive do drag draw dress drift drink drip drive drop eat embrace emerge encase
    enclose end enjoy ensure enter erupt evoke explode express extend face fade fall feature feed fight fill fish fit
    float flow fly follow form frame gallop gather gaze get give glide glow go grab graze grin grip grow guard hang
    have hide highlight hit hold hop hover howl hug hunt illuminate imitate include incorporate indicate intertwine
    jog join juggle jump keep kick kiss kneel label land laugh launch lay lead lean leap learn leave let lick lie
    lift light like line live locate look love lurk make march match measure meditate meet melt merge move nestle
    note occupy open orbit overlap overlook pack paint peek peer perch perform pet pick place play point pose
    position pour preserve press print produce project prop protect pull punch push put race rain raise reach read
    receive recline reflect relax remain render repair replace represent reproduce resemble rest return reveal
    reverse ride rise roam roar roll row rub run sail say scatter see serve set sew shape share shine shoot show sing
    sink sit skate ski skip sleep slide smell smile smoke sniff snow soar space spell spend spill spin splash
    splatter spread sprinkle sprout stack stand stare start stay step stick stop stretch strike stroll structure
    style suggest support surf surround suspend sway swim swing take talk taste teach tell tether think throw tie
    tilt toss touch tower transform travel try turn twist type use wait walk want wash watch wave wear weave weigh
    whip win wind wipe work wrap wrestle write yawn yell crafted constructed composed carved sculpt dress titled
    generate help need thank lose promise invite greet
    attend argue forget grown seen shown drawn sit-ups handed supported resting inspired
""".split()
_IRREGULAR = _words(
    """sat stood held rode ran wore worn ate eaten drank drunk lay laid lain made drew drawn shown shone swam swum
    flew flown threw thrown caught built sprung sprang hung kept left met read rose risen sang sank sunk sent set
    shot slept spoken spun stuck struck taken took taught told thought went gone wrote written woven wove broken
    bent bound given grown hidden seen saw known lit paid put cut let hit sold worn said wound won"""
)
NOUNS_IN_ING = _words(
    """building painting wing ring king ceiling string evening morning lightning clothing drawing wedding spring
    thing railing awning pudding dumpling earring duckling viking swing sling sting topping frosting icing
    writing sibling crossing landing icing stocking crossing bling herring lemming pangolin seedling sapling
    nothing something anything everything during king sling fling cling aging beijing lining painting boeing
    duckling"""
)
NOUNS_IN_ED = _words(
    "bed shed sled bobsled seed weed seaweed speed reed breed steed moped hundred deed need feed newlywed"
)
NOUNS_LIKE_VERBS = _words(
    "star watch wave ring cross drop leaf crown ball face fly drink fish stand bow boat bear row swing ski "
    "skate cast light "
    "smoke paint brush board cut frame line point sail saw seal snow rain swim step stick tie tower wind "
    "whip pack pet park print ski skis project"
)
"""Taken for verbs only where a thing stands before them."""


def _forms(base: str) -> set[str]:
    stem = base[:-1] if base.endswith("e") and not base.endswith("ee") else base
    ending = "es" if base.endswith(("s", "x", "z", "ch", "sh", "o")) else "s"
    third = base[:-1] + "ies" if base.endswith("y") and base[-2:-1] not in set("aeiou") else base + ending
    past = base[:-1] + "ied" if third.endswith("ies") and base.endswith("y") else stem + "ed"
    return {base, third, past, stem + "ing", base + base[-1] + "ing", base + base[-1] + "ed"}


PAST_FORMS = _IRREGULAR
VERBS = frozenset(form for base in _VERBS for form in _forms(base)) | _IRREGULAR

ADJECTIVES = _words(
    """large big huge giant gigantic enormous massive oversized small tiny little miniature mini minuscule tall
    short long wide narrow thin thick slim broad deep high low oversize medium medium-sized full half double
    single lone solitary larger bigger smaller taller shorter largest smallest biggest wooden metallic metal
    glass plastic leather fluffy rubber fabric paper-thin golden woolen woollen woven knitted crocheted ceramic
    porcelain marble concrete stainless steel furry fuzzy shiny glossy matte matt smooth rough rusty polished
    transparent translucent opaque striped stripy spotted dotted polka-dot checkered checked plaid floral
    patterned textured painted old new young ancient modern vintage retro antique futuristic contemporary
    traditional classic rustic simple minimal minimalist minimalistic plain clean elegant beautiful pretty cute
    adorable handsome ugly happy sad angry smiling grumpy excited cheerful serious scared colorful colourful
    multicolored multicoloured rainbow bright dark light vivid vibrant bold subtle soft muted warm cool cold hot
    icy sunny cloudy rainy snowy foggy misty stormy windy starry wet dry dusty dirty clean empty open closed
    broken round circular oval rectangular triangular square-shaped hexagonal curved straight flat tall pointed
    five-pointed six-pointed seven-pointed eight-pointed four-pointed sharp rounded cylindrical spherical conical
    cubic pyramidal heart-shaped star-shaped solid filled hollow outlined detailed intricate ornate fancy
    decorative decorated realistic photorealistic hyperrealistic hyper-realistic cinematic dramatic artistic
    abstract surreal whimsical fantastical magical mystical epic majestic serene calm peaceful quiet busy crowded
    lush dense green-eyed wild tropical stylized stylised cartoon cartoonish animated comic digital professional
    official national main primary secondary central front rear upper lower top bottom left right middle inner
    outer nearby distant far different similar identical equal various opposite real fake fresh ripe raw cooked
    fried baked juicy delicious tasty sweet crispy elderly male female human adult anthropomorphic famous iconic
    royal noble natural organic artificial electric electronic mechanical robotic technical scientific historic
    historical medieval gothic victorian baroque renaissance impressionist cubist expressionist psychedelic
    monochrome monochromatic grayscale greyscale black-and-white symmetrical symmetric asymmetrical centered
    centred horizontal vertical diagonal parallel adjacent aligned evenly-spaced spaced visible legible readable
    clear crisp sleek aerodynamic delicate fragile heavy strong powerful dynamic energetic glowing shining
    sparkling shimmering gleaming luminous radiant neon iridescent silver-coated blank complete whole undistorted
    unchanged recognisable recognizable accurate correct exact precise tidy neat"""
)
QUALITIES = _words(
    """crisp legible visible readable whole complete undistorted unchanged exact correct accurate clear clean tidy
    neat calm balanced quiet plain simple recognisable recognizable even generous object objects item items
    element elements thing things composition margin margins place position letters proportions order spacing
    space colour color colours colors size texture textures subject figure single lone solitary minimalist
    greeting"""
)
"""Words of good practice, which a sketch keeps to anyway."""
SIZES = {
    "giant": 2.6, "gigantic": 2.6, "enormous": 2.6, "huge": 2.4, "massive": 2.4, "oversized": 2.0, "large": 1.8,
    "big": 1.7, "larger": 1.9, "bigger": 1.9, "largest": 2.2, "biggest": 2.2, "prominent": 1.6, "prominently": 1.6,
    "small": 0.5, "little": 0.5, "smaller": 0.55, "smallest": 0.4, "miniature": 0.35, "mini": 0.4, "tiny": 0.3,
    "minuscule": 0.25, "medium": 1.0, "medium-sized": 1.0,
}  # fmt: skip
"""How much area a thing asks for, against 1 for a thing of no stated size."""
KEPT_ON_LABEL = _words(
    """wooden metallic metal glass plastic leather fluffy rubber fabric woolen woollen woven knitted crocheted
    ceramic porcelain marble concrete stainless steel furry fuzzy shiny glossy matte smooth rough rusty polished
    transparent translucent striped stripy spotted dotted polka-dot checkered checked plaid floral patterned
    textured old ancient vintage antique round square oval rectangular triangular hexagonal cylindrical spherical
    conical cubic electric four-pointed six-pointed seven-pointed eight-pointed robotic broken open closed empty
    glowing neon young elderly baby happy sad smiling sleeping flying"""
)
"""Materials, textures, forms and states: words that a card can only say."""

CANVAS_NOUNS = _words(
    """photo photograph picture image poster painting illustration drawing render rendering portrait print flyer
    postcard cover banner sketch scene composition design canvas artwork art graphic shot closeup close-up view
    still infographic layout wallpaper logo icon sticker mural watercolor watercolour cartoon comic collage
    screenshot snapshot leaflet advert advertisement depiction depiction rendition visualization visualisation
    page sheet selfie vector emblem diagram card stamp certificate invitation brochure thumbnail
    badge bookmark patch souvenir"""
)
"""Words that name the picture itself."""
CARRIERS = _words("sign signboard billboard notice placard chart menu pamphlet handout noticeboard flashcard programme")
"""Things that are drawn as themselves, unless the picture is asked for as one of them: "Design a sign with …"."""
SHEETS = CARRIERS | _words(
    "flyer postcard cover banner card poster sticker page sheet leaflet badge bookmark invitation brochure certificate "
    "stamp logo icon print patch mural"
)
"""Kinds of sheet, which a sketch is one of whatever is on it; a photograph or a painting it is not."""
MEDIUMS = frozenset({"pencil", "crayon", "charcoal", "chalk", "ink", "oil", "pastel"})
"""What is drawn with: a manner, unless there is one of them or several: "in pencil", "two pencils"."""
GROUNDS = frozenset({"background", "backdrop", "gradient", "canvas", "backgrounds"})
"""Words for what lies behind everything."""
PAPERS = frozenset({"paper", "cardstock", "cardboard", "parchment"})
"""What a picture is on, where it is on some in a colour: "on dark green paper"."""
ABSTRACT_NOUNS = _words(
    """style mood atmosphere lighting contrast detail details composition resolution quality angle perspective depth
    focus bokeh lens realism arrangement proportion proportions proportion color colour colors colours palette
    tone tones theme aesthetic aesthetics feel feeling look effect effects texture textures finish gradient
    background backdrop foreground midground setting environment space spacing margin margins padding room-light
    side sides part parts piece pieces edge edges corner corners centre center middle top bottom left right front
    back rear half third quarter width height size area zone section region row rows column columns line-up
    layout order sequence number count amount pair group distance way kind type types variety form manner sense
    motion movement action time day night dawn dusk sunrise noon midday midnight morning afternoon evening summer
    winter autumn spring season weather daylight sunlight moonlight light lights shadow shadows glow shine
    reflection reflections highlight highlights hour thing things object objects item items element elements
    subject subjects feature features shape shapes figure content copy version viewer camera eye-level eyes-level
    point eye-view bird's-eye film photography cinematography bloom render engine octane unreal 4k 8k hdr uhd hd
    high-resolution dslr macro wide-angle telephoto fisheye aspect ratio frame-filling art artist life love joy
    peace idea concept meaning symbol symbols name names inspiration influence tribute homage story history
    culture tradition technique medium ink oil acrylic pastel charcoal crayon pencil watercolour watercolor works
    work design designs appearance position positions place placement location reference references user prompt
    request instruction alignment symmetry balance harmony clarity legibility visibility accuracy care attention
    emphasis hierarchy distortion cropping crop change changes addition reality dream-like fashion century era
    age years year visible clean-cut minute end beginning start remainder rest total surface surfaces outline
    outlines contour fill stroke vector flat-design orientation direction"""
)
TYPE_WORDS = _words(
    """text texts word words title titles subtitle subtitles headline heading header caption captions slogan tagline
    motto lettering letters letter typeface typefaces font fonts typography type characters inscription phrase
    sentence saying message label labels serif sans sans-serif slab slab-serif monospace monospaced mono
    typewriter script cursive calligraphy calligraphic handwriting handwritten hand-lettered hand-written
    condensed narrow display blackletter fraktur bold italic italics italicized italicised oblique caps uppercase
    upper-case capitals capital capitalized lowercase semibold heavy footer name date quote"""
)
"""Words that speak of written text rather than of things."""
TITLE_WORDS = {
    "title": "title", "titles": "title", "headline": "title", "heading": "title", "header": "title",
    "titled": "title", "subtitle": "subtitle", "subheading": "subtitle", "tagline": "subtitle",
    "slogan": "subtitle", "motto": "subtitle", "caption": "note", "label": "note", "footer": "note", "date": "note",
    "footnote": "note",
}  # fmt: skip
SAYING_VERBS = _words(
    "says say saying reads read reading labelled labeled titled called named captioned spelling spells "
    "displaying bearing "
    "inscribed written printed painted lettered engraved emblazoned stating states marked showing shows "
    "writes declares proclaims announces announcing"
)
SURFACES = _words(
    """sign banner shirt t-shirt tshirt tee poster billboard mug cup book box plate ribbon chalkboard blackboard
    whiteboard board card label cake flag wall door shop storefront store plaque placard scroll screen laptop
    computer monitor newspaper magazine cover bag cap hat sweater hoodie jersey apron bottle can jar tombstone
    gravestone neon license bumper sticker paper note notebook envelope page menu bus truck van boat hull window
    cookie pizza button badge medal trophy balloon cloud speech-bubble bubble panel strip map robot"""
)
PARTS = _words(
    "side top bottom front back edge edges corner middle centre center surface end left right tip base foot "
    "foreground background face"
)
"""In "the side of a building", the building is meant."""
KINDS = _words("kind type variety number amount version view lot plenty couple total pair depiction portrayal")
"""In "a kind of bird", the bird is meant."""
GROUPS = {
    "group": 5, "bunch": 5, "flock": 6, "herd": 6, "pile": 6, "stack": 4, "set": 4, "collection": 6, "cluster": 5,
    "pack": 5, "row": 5, "line": 5, "column": 4, "grid": 9, "circle": 8, "ring": 8, "arc": 5, "crowd": 8,
    "swarm": 8, "array": 6, "series": 4, "trio": 3, "pair": 2, "couple": 2, "quartet": 4, "dozen": 12, "handful": 5,
    "bouquet": 6, "assortment": 6,
}  # fmt: skip
HOLDERS = _words("vase box basket bowl cup glass jar bag cage bucket pot crate mug tray nest bottle tub aquarium")
"""Things that others are "in" without being a setting."""
COMPOUNDS = frozenset(
    name.strip()
    for line in """
        hot dog, hot air, stop sign, full moon, half moon, cutting board, dining table, dining room, parking meter
        washing machine, swimming pool, running shoe, sewing machine, frying pan, living room, sleeping bag
        traffic light, street light, rocking chair, fishing rod, fishing boat, flying saucer, walking stick
        shopping cart, shopping bag, potted plant, stained glass, light bulb, guinea pig, high heel, polar bear
        grizzly bear, teddy bear, ice cream, tree house, race car, building block, cold drink, soft drink
        dark chocolate, black hole, bow tie, pine cone, wine glass, cell phone, mobile phone, carving knife
        racing car, flat iron, digital clock, vending machine, boxing glove, playing card, paper boat, paper plane
        broken heart""".splitlines()
    for name in line.split(",")
    if name.strip()
)
"""Names of one thing whose words could be read apart."""
COMPOUND_FIRSTS = frozenset(name.split()[0] for name in COMPOUNDS)

OBJECTS_TOO = _words(
    "poster painting picture banner card page print logo icon sticker postcard portrait map mural drawing emblem "
    "stamp certificate invitation brochure thumbnail billboard badge bookmark souvenir"
)
"""Words for the picture itself that can also stand for a thing in it: "a painting on the wall"."""
LAYOUT_VERBS = frozenset(
    form
    for base in (
        "place draw use set keep make put add write position arrange show render depict create design "
        "include align centre center "
        "feature compose ensure leave preserve fill cover have contain print copy let appear stand sit read "
        "say state fit paint "
        "reproduce be give take see want need generate produce illustrate represent"
    ).split()
    for form in _forms(base)
) | _words("made drawn shown set written put kept seen sat stood")
"""Verbs of layout, which ask for nothing more to be drawn."""

SETTINGS: dict[str, tuple[Rgb, ...]] = {
    "night": ((16, 22, 58), (44, 54, 108)), "space": ((10, 10, 30), (34, 28, 70)), "galaxy": ((14, 10, 40), (60, 34,
    96)),
    "sky": ((148, 200, 240), (220, 238, 250)), "beach": ((170, 216, 240), (240, 222, 180)),
    "ocean": ((190, 224, 244), (74, 138, 184)), "sea": ((190, 224, 244), (74, 138, 184)),
    "lake": ((196, 224, 236), (112, 166, 190)), "river": ((200, 226, 234), (122, 172, 190)),
    "water": ((196, 224, 236), (112, 166, 190)),
    "underwater": ((96, 176, 206), (24, 84, 134)), "forest": ((206, 222, 196), (122, 156, 112)),
    "jungle": ((196, 220, 180), (104, 148, 96)), "rainforest": ((196, 220, 180), (104, 148, 96)),
    "woods": ((206, 222, 196), (122, 156, 112)), "garden": ((222, 236, 210), (166, 200, 146)),
    "park": ((216, 234, 220), (166, 204, 150)), "field": ((206, 230, 242), (190, 212, 140)),
    "meadow": ((206, 230, 242), (184, 212, 140)), "lawn": ((216, 234, 220), (158, 200, 138)),
    "desert": ((246, 226, 190), (226, 190, 136)), "savanna": ((248, 230, 190), (216, 190, 120)),
    "snow": ((226, 236, 246), (246, 250, 255)), "street": ((214, 220, 228), (176, 182, 190)),
    "city": ((210, 220, 232), (172, 180, 194)), "road": ((214, 222, 228), (176, 180, 186)),
    "highway": ((214, 222, 228), (176, 180, 186)), "sidewalk": ((222, 224, 226), (196, 198, 200)),
    "room": ((244, 238, 228), (226, 214, 196)), "bedroom": ((240, 234, 232), (222, 210, 206)),
    "kitchen": ((246, 242, 232), (228, 218, 200)), "bathroom": ((230, 240, 244), (206, 222, 228)),
    "office": ((236, 238, 242), (214, 218, 224)), "classroom": ((240, 238, 226), (216, 212, 190)),
    "library": ((236, 224, 204), (204, 182, 150)), "museum": ((242, 240, 236), (220, 216, 208)),
    "restaurant": ((244, 228, 212), (220, 192, 166)), "cafe": ((244, 230, 214), (216, 190, 164)),
    "stage": ((70, 40, 64), (36, 22, 40)), "studio": ((240, 240, 240), (214, 214, 216)),
    "stadium": ((204, 224, 238), (156, 196, 130)), "farm": ((206, 228, 240), (200, 206, 140)),
    "rain": ((190, 200, 212), (152, 166, 182)), "fog": ((226, 230, 232), (204, 210, 214)),
    "sunset": ((250, 190, 120), (226, 120, 110)), "sunrise": ((252, 216, 160), (246, 168, 140)),
    "dusk": ((120, 110, 160), (226, 150, 130)), "moonlight": ((26, 34, 76), (66, 78, 128)),
}  # fmt: skip
"""Places and times that stand as a background: the stops of a gradient from top to bottom."""
