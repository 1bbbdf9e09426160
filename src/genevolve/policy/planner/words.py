"""The planner's own word lists: what counts as a material, a style, a body, an invention."""

import re


def any_of(words: str, *, plural: bool = True) -> re.Pattern[str]:
    """A pattern for whole words out of a list separated by commas or line ends; an "s" may follow."""
    listed = [word.strip() for word in re.split(r"[,\n]", words) if word.strip()]
    listed.sort(key=len, reverse=True)
    body = "|".join(re.escape(word).replace(r"\ ", r"[\s-]+") for word in listed)
    return re.compile(
        rf"(?<![\w-])(?:{body}){'(?:s|es)?' if plural else ''}(?!\w|-(?:shaped|style"
        r"|themed|free)\b)",
        re.IGNORECASE,
    )


MATERIAL = any_of(
    """wooden, wood-grain, oak, mahogany, bamboo, metal, metallic, steel, iron, brass, bronze, chrome, copper,
    aluminium, aluminum, tin, gold-plated, silver-coated, gilded, marble, granite, stone, sandstone, brick,
    concrete, clay, ceramic, porcelain, terracotta, glassy, transparent, translucent, crystal, ice, icy,
    frosted, plastic, rubber, leather, velvet, silk, silken, satin, lace, denim, cotton, wool, woollen, woolen,
    knitted, woven, fabric, felt, linen, tweed, cardboard, papier-mâché, origami, wax, waxen, jelly, jello,
    foam, plush, feathered, feathers, furry, fluffy, fuzzy, mirrored, polished, glossy, matte, shiny, rusty,
    rusted, brushed, cracked, smooth, rough, woodgrain, straw, sponge, slate, amber resin, resin,
    diamond-encrusted, pearlescent, iridescent, holographic, lego, made of glass, of glass, glass table,
    glass bottle, glass jar, glass window, glass ball, glass sphere, glass cube, stained glass"""
)
PHYSICS = any_of(
    """reflection, reflected, reflecting, reflects, mirror, shadow, shadows, silhouette, refraction, caustics,
    glowing, glow, melting, melted, melts, pouring, poured, pours, splash, splashing, dripping, drips, burning,
    on fire, flames, smoke, steam, steaming, explosion, exploding, shattering, shattered, breaking, floating,
    floats, levitating, hovering, underwater, balancing, balanced, falling, bouncing, bubbles, ripples, sparks,
    lightning, tornado, erupting, freezing, frozen, sinking, swirling, colliding, crashing""",
    plural=False,
)
PEOPLE = any_of(
    """person, detective, people, man, men, woman, women, boy, girl, child, children, kid, baby, toddler,
    teenager, adult, elder, lady, ladies, gentleman, gentlemen, guy, couple, family, crowd, audience, tourist,
    dancer, ballerina, musician, singer, violinist, cellist, pianist, guitarist, drummer, chef, cook, waiter,
    farmer, fisherman, soldier, knight, samurai, ninja, warrior, king, queen, prince, princess, wizard, witch,
    nurse, doctor, scientist, astronaut, pilot, sailor, pirate, cowboy, firefighter, policeman, police officer,
    worker, postal worker, teacher, student, player, athlete, runner, swimmer, surfer, skater, skier, boxer,
    cricketer, golfer, coach, politician, businessman, businesswoman, artist, painter, actor, actress, model,
    bride, groom, monk, nun, priest, human, humans, mother, father, grandmother, grandfather, brother, sister,
    twins, friends, friend, clown, gymnast, cyclist, climber, hiker, skateboarder, rider, driver, traveller,
    traveler, shopkeeper, tailor, woodcarver, carpenter, blacksmith, passenger, pedestrian, portrait, selfie"""
)
BODY = any_of(
    """hand, finger, thumb, arm, elbow, leg, knee, foot, feet, toe, face, eye, nose, mouth, lips, ear, hair,
    beard, moustache, mustache, skin, shoulder, head, torso, palm, fist, wing, smile, smiling, grin, grinning,
    pose, posing, portrait""",
)
HUMAN_ACTION = any_of(
    """holding, holds, wearing, wears, riding, rides, playing a, playing the, playing poker, playing chess,
    playing cards, playing checkers, playing soccer, playing football, playing tennis, playing basketball,
    playing guitar, playing piano, playing video games, plays a, plays the, reading, reads, dancing, dances,
    conducting, cooking, driving, writing, painting a, typing, drinking, juggling, hugging, shaking hands,
    waving, knitting, doing tricks, standing up, standing on its hind legs, singing, boxing, surfing,
    skateboarding, kneeling, carrying, handing, pointing, shouting, grabbing, catching, throwing, dressed as,
    dressed in, using, working out, lifting, mixing, sitting at, standing upright, smoking, teaching""",
    plural=False,
)
ANIMAL = any_of(
    """animal, dog, puppy, cat, kitten, horse, cow, bull, sheep, goat, pig, rabbit, hare, mouse, rat, hamster,
    guinea pig, squirrel, hedgehog, porcupine, fox, wolf, bear, polar bear, panda, red panda, koala, kangaroo,
    wombat, monkey, ape, gorilla, chimpanzee, orangutan, lion, tiger, leopard, cheetah, jaguar, lynx, panther,
    elephant, rhino, rhinoceros, hippo, hippopotamus, giraffe, zebra, camel, llama, alpaca, deer, moose, elk,
    reindeer, antelope, raccoon, racoon, badger, otter, beaver, skunk, sloth, armadillo, anteater, bat, bird,
    owl, eagle, hawk, falcon, parrot, macaw, toucan, penguin, duck, goose, swan, chicken, rooster, hen, turkey,
    peacock, ostrich, flamingo, pelican, crow, raven, robin, sparrow, hummingbird, kingfisher, puffin, frog,
    toad, lizard, gecko, chameleon, iguana, snake, cobra, turtle, tortoise, crocodile, alligator, dinosaur,
    tyrannosaurus rex, fish, goldfish, shark, whale, dolphin, seal, walrus, octopus, squid, jellyfish,
    seahorse, crab, lobster, shrimp, snail, butterfly, bee, ant, spider, beetle, ladybug, dragonfly,
    caterpillar, corgi, shiba inu, dachshund, husky, poodle, bulldog, labrador, axolotl, capybara, quokka,
    okapi, narwhal, platypus, lemur, meerkat, mongoose, ibex, bison, yak, teddy bear, robot, statue, skeleton,
    alien, snowman"""
)
SPECIES = any_of(
    """red panda, polar bear, koala, wombat, gorilla, chimpanzee, orangutan, snow leopard, lynx, rhino beetle,
    hummingbird, kingfisher, puffin, macaw, toucan, flamingo, pelican, chameleon, iguana, axolotl, capybara,
    quokka, okapi, narwhal, platypus, lemur, meerkat, ibex, yak, pangolin, tapir, red fox, arctic fox,
    grey wolf, barn owl, snowy owl, bald eagle, komodo dragon, blue whale, killer whale, humpback whale,
    emperor penguin, corgi, shiba inu, dachshund, dalmatian, poodle, siamese cat, maine coon,
    monarch butterfly, venus flytrap, baobab, saguaro, bonsai, dragon fruit"""
)
"""Kinds of which a picture helps; a dog or a horse any renderer knows."""

STYLE = any_of(
    """oil painting, watercolour, watercolor, gouache, acrylic, fresco, mural, ink wash, ink drawing, pen-and-ink,
    pencil sketch, pencil drawing, charcoal drawing, chalk drawing, crayon, pastel drawing, sketch, drawing,
    woodcut, linocut, engraving, etching, lithograph, screen print, screen-print, stencil, graffiti, collage,
    mosaic, stained glass, tapestry, embroidery, origami, claymation, pixel art, vector art, line art,
    low poly, 3d render, isometric, anime, manga, comic book, comic, cartoon, illustration, painting, poster,
    postcard, greeting card, invitation, flyer, leaflet, brochure, book cover, album cover, magazine cover,
    infographic, logo, emblem, sticker, badge, icon, flat design, minimalist, impressionist, impressionism,
    expressionist, cubism, cubist, surrealist, surrealism, pop art, art deco, art nouveau, baroque,
    renaissance, rococo, bauhaus, ukiyo-e, abstract, photorealistic, hyperrealistic, cinematic, vintage, retro,
    noir, black and white photo, sepia, double exposure, long exposure, bokeh, macro, close-up, wide-angle,
    wide angle, fisheye, aerial view, bird's-eye view, tilt-shift, telephoto, depth of field, golden hour,
    blue hour, sunrise, sunset, dusk, dawn, moonlight, moonlit, candlelit, neon, backlit, soft light,
    dramatic lighting, volumetric, high-contrast, high contrast, moody, cosy, cozy, dreamy, elegant, ornate,
    majestic, beautiful, serene, vibrant, whimsical, gloomy, picturesque, in the style of, dslr, film grain,
    polaroid, concept art, caricature, graphic novel"""
)
CREATIVE = any_of(
    """dragon, unicorn, mermaid, phoenix, griffin, centaur, fairy, elf, goblin, troll, ogre, monster, zombie,
    ghost, vampire, werewolf, kraken, totoro, pikachu, cyborg, spaceship, alien, ufo, surreal, surrealist,
    dreamlike, fantasy, fantastical, imaginary, magical, enchanted, mythical, futuristic, steampunk, cyberpunk,
    sci-fi, anthropomorphic, hybrid, half-human, fused with, merged with, shaped like, in the shape of,
    in the form of, that looks like, that look like, instead of, made entirely of, made entirely out of,
    made out of, made from, built from, crafted from, constructed from, carved from, composed of,
    transforms into, transforming into, turning into, melting into, inside out, upside down, floating in space,
    on the moon, on mars, 4-dimensional, impossible, parallel universe, talking, tiny world, giant, gigantic,
    miniature, oversized, towering, no bigger than, the size of"""
)
IDEA = any_of(
    """peace, love, hope, fear, time, freedom, justice, inertia, gravity, entropy, infinity, inspiration, bias,
    life, death, joy, sadness, anger, chaos, order, knowledge, wisdom, happiness, loneliness, imagination,
    energy, success, failure, memory, truth, equality, friendship, commonsense, insight, intelligence,
    imaginary numbers""",
    plural=False,
)
LIGHT = any_of(
    """sun, sunlight, sunset, sunrise, sunny, moonlight, moonlit, moon, night, dusk, dawn, golden hour, neon,
    candle, candlelit, candlelight, backlit, glow, glowing, fire, flames, lit, lamp, lantern, spotlight,
    studio light, overcast, underwater, lightning, light, stained glass, cartoon, abstract, flat, pixel art,
    woodcut""",
    plural=False,
)
"""Light, or a manner without any, that the request names itself."""
SHEET = any_of(
    """poster, card, postcard, greeting card, invitation, flyer, leaflet, cover, book cover, banner, sign,
    sticker, stamp, badge, graphic, layout, label, page, logo, placard, ticket, certificate, wallpaper,
    magazine cover, album cover, infographic, design, plate, emblem"""
)
"""Flat, designed things: a reference on them is laid out, not worked into a scene."""

SIZE = any_of(
    "large, larger, big, bigger, huge, giant, small, smaller, tiny, little, "
    "tall, taller, short, shorter, wide, thin, thick, miniature",
    plural=False,
)
SHAPE = any_of(
    """round, square, circular, spherical, cubic, cube-shaped, cylindrical, conical, pyramidal, triangular,
    rectangular, oval, oblong, pentagonal, hexagonal, octagonal, teardrop, diamond, star-shaped, heart-shaped,
    curved, pointed""",
    plural=False,
)
TYPEFACE = any_of(
    """serif, sans-serif, sans serif, sans, slab serif, bold, italic, cursive, script, handwritten, hand-lettered,
    hand-painted, brush, calligraphy, calligraphic, monospace, monospaced, typewriter, condensed, display,
    blackletter, gothic, stencil, light, thin, heavy, block capitals, block letters, capitals, capital letters,
    uppercase, lowercase, letters, lettering, type, typeface, font, graffiti, neon"""
)
NOT_NAMES = frozenset(
    """i photo photograph picture image painting drawing poster illustration render sketch a an the christmas
    easter halloween monday tuesday wednesday thursday friday saturday sunday january february march april may
    june july august september october november december dslr hd uhd 4k 8k 3d 2d ai tv usb diy ok art deco
    nouveau gothic baroque renaissance victorian rococo bauhaus cubist cubism impressionist impressionism
    surrealist anime lego polaroid earth sun moon god bible google internet english french german spanish
    italian chinese japanese greek roman american british european african asian indian egyptian russian dutch
    swedish turkish arabic latin mexican persian viking celtic north south east west northern southern eastern
    western he she it they we you his her its their my your one two three four five six seven eight nine ten in
    on at with and of to from by for draw paint show make create design generate put place add use write set
    give let please depict no not mr mrs ms dr rgb cmyk pov ny f1 xl t-shirt""".split()
)
"""Capitalised words that name nothing which a picture search could find."""
