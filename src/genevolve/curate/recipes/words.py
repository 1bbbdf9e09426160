"""The things, words, colours and kinds of type that pictures are made of, and how people say them."""

from ...language.positions import Place, Relation

NOUNS: tuple[str, ...] = tuple(
    "star,circle,triangle,square,heart,diamond,balloon,tree,flower,tulip,cat,dog,bird,fish,butterfly,apple,banana,"
    "pear,lemon,mushroom,cup,candle,umbrella,kite,boat,car,bicycle,house,tent,lantern,cloud,sun,moon,leaf,feather,"
    "book,pencil,key,bell,drum,guitar,hat,shoe,cactus,elephant,owl,turtle,whale,snail,bee,rocket,train,lighthouse,"
    "mountain,snowflake,anchor,crown,gift box,teapot,ladder,chair,clock,cherry,strawberry,carrot,pumpkin,"
    "paper plane,seashell,frog,rabbit,penguin,acorn,spoon,wheel,arrow".split(",")
)
"""Everyday things that can be counted; in the singular."""
CONTAINERS: tuple[tuple[str, str], ...] = (
    ("heart", "circle"),
    ("star", "square"),
    ("star", "circle"),
    ("circle", "square"),
    ("triangle", "circle"),
    ("bird", "circle"),
)
"""Inner and outer."""
COLOURS: tuple[str, ...] = tuple(
    "red,orange,yellow,green,blue,purple,pink,brown,black,white,grey,turquoise,teal,navy,maroon,crimson,gold,"
    "dark green,light blue,dark blue,olive,magenta,lime,coral".split(",")
)
BACKGROUNDS: tuple[str, ...] = tuple(
    "white,cream,beige,light grey,pale blue,sky blue,mint,lavender,peach,pale yellow,light green,pale pink,navy,"
    "black,dark green,charcoal,teal,maroon".split(",")
)
TITLES: tuple[str, ...] = tuple(
    "Welcome,Open House,Spring Fair,Summer Camp,Happy Birthday,Thank You,Good Luck,Lost and Found,Quiz Night,Book Club,"
    "Bake Sale,Game On,Night Market,Harvest Day,First Prize,Sold Out,Coming Soon,Mind the Gap,Please Wait,Fresh Bread,"
    "Slow Down,Keep Going,Dream Big,Stay Curious,Free Entry,Sports Day,Science Week,Art Club,Chess Final,Jazz at Eight,"
    "Fête d'été,Café,Crème brûlée,Année 12,¡Bienvenidos!,Mañana,El Niño,Piñata,Grüße,Frühling,Über uns,Smörgåsbord,"
    "Æbleskiver,Żurek,Dvořák Night,Garçon,São João,Olá,Voilà,Naïve,Jalapeño,1984,2026,Est. 1952,Room 12,No. 7,Gate 4,"
    "Day 100,50%,Level 3,24 hours,Act II,OPEN,STOP,EXIT,HELLO,TAXI,SALE,GO TEAM,Zürich,Kraków,Málaga,Göteborg,Gdańsk,"
    "Kyoto,Marseille,Samarkand,Zanzibar,Timbuktu,Århus,Cusco".split(",")
)
"""Short words to be written: slogans, titles, names of places that are no capital, accents, digits."""
PLACE_NAMES = frozenset(
    "Zürich Kraków Málaga Göteborg Gdańsk Kyoto Marseille Samarkand Zanzibar Timbuktu Århus Cusco".split()
)
"""Titles that belong to a country, and so go with no riddle."""
TYPEFACES: dict[str, tuple[str, ...]] = {
    "serif": ("serif {}", "serif type", "a serif typeface", "a serif font"),
    "bold serif": ("bold serif {}", "a bold serif font", "bold serif"),
    "sans": ("sans-serif {}", "a plain sans-serif", "sans serif"),
    "bold sans": ("bold sans-serif {}", "a bold sans serif", "bold sans-serif"),
    "italic serif": ("italic serif {}", "an italic serif"),
    "slab": ("slab serif {}", "a slab serif", "slab-serif {}"),
    "monospace": ("monospaced {}", "a monospaced font", "monospace", "a typewriter font"),
    "handwritten": ("handwritten {}", "handwriting", "a handwritten style"),
    "script": ("cursive script", "flowing script", "an elegant script font"),
    "blackletter": ("blackletter", "blackletter type", "gothic blackletter"),
    "condensed": ("condensed {}", "a condensed typeface"),
    "rounded": ("rounded {}", "a rounded font", "soft rounded {}"),
}
"""By the name that a recipe has, how people say it; {} is a word for letters."""
LETTERS = ("letters", "letters", "lettering", "type")
MEDIA: tuple[str, ...] = tuple(
    "poster,poster,postcard,banner,greeting card,book cover,magazine cover,sticker,sign,flyer,illustration,picture,"
    "drawing,album cover,invitation,bookmark,badge,mural,wall chart,leaflet,placard,school project cover,web banner,"
    "tote bag print,programme cover,notice board sign,menu cover,calendar page".split(",")
)
PLACES: dict[Place, tuple[str, ...]] = {
    Place.TOP_LEFT: ("in the top left corner", "in the upper left corner", "in the top-left", "at the top left"),
    Place.TOP: ("at the top", "along the top", "near the top edge", "at the very top"),
    Place.TOP_RIGHT: ("in the top right corner", "in the upper right corner", "in the top-right", "at the top right"),
    Place.LEFT: ("on the left", "on the left side", "at the left", "on the left-hand side"),
    Place.CENTRE: ("in the centre", "in the middle", "in the center", "right in the middle"),
    Place.RIGHT: ("on the right", "on the right side", "at the right", "on the right-hand side"),
    Place.BOTTOM_LEFT: ("in the bottom left corner", "in the lower left corner", "at the bottom left"),
    Place.BOTTOM: ("at the bottom", "along the bottom", "near the bottom edge", "at the very bottom"),
    Place.BOTTOM_RIGHT: ("in the bottom right corner", "in the lower right corner", "at the bottom right"),
}
RELATIONS: dict[Relation, tuple[str, ...]] = {
    Relation.ABOVE: ("above {}", "over {}", "just above {}"),
    Relation.BELOW: ("below {}", "under {}", "underneath {}", "beneath {}"),
    Relation.LEFT_OF: ("to the left of {}", "left of {}", "on the left of {}"),
    Relation.RIGHT_OF: ("to the right of {}", "right of {}", "on the right of {}"),
    Relation.AROUND: ("around {}", "all around {}"),
    Relation.FLANKING: ("on either side of {}", "on both sides of {}", "one on each side of {}"),
    Relation.INSIDE: ("inside {}", "within {}"),
    Relation.BESIDE: ("next to {}", "beside {}"),
}
