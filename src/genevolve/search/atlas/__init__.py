"""The world's countries as a small encyclopedia that is always there: facts, and flags as pictures.

The facts are stored once, in `countries.jsonl`; the articles are written from
them when the atlas is opened (`articles.py`). Their sentences are regular, so
that a reader without a model can take facts out of them. A snippet is the whole
article where that has at most 600 characters, and its best sentences, word for
word, where it is longer.

**Country** – title "Burkina Faso":

    Burkina Faso is a country in Western Africa, a region of Africa.
    It is also known as Upper Volta and Burkina.
    Its capital is Ouagadougou.
    Its currency is the West African CFA franc (XOF).
    Its official language is French.
    Another language widely spoken there is Mossi.
    Its demonym is Burkinabe.
    It borders Benin, Ghana, Ivory Coast, Mali, Niger, and Togo.
    It is landlocked.

The first sentence is one of

    NAME is a country in REGION, a region of CONTINENT.
    NAME is a country in South America.                 (a continent that has no finer region)
    NAME is a partly recognised country in …            (Kosovo, Palestine, Taiwan)
    NAME is a disputed territory in …                   (Western Sahara)
    NAME is a territory of the United States in …
    NAME is a territory of Norway in the Southern Ocean.       (an ocean has no continent)
    NAME is a part of the United Kingdom in …           (England, Scotland, Wales, Northern Ireland; Catalonia …)

and the others come in this order, each left out where there is nothing to say:

    It is also known as A, B, and C.
    Its official name is the Republic of Côte d'Ivoire.
    Its capital is X.            Its capitals are X, Y, and Z.            It has no capital.
    Its currency is the N (CODE).            Its currencies are the N (CODE) and the N (CODE).
    Its official language is L.            Its official languages are L and L.
    Another language widely spoken there is L.            Other languages widely spoken there are L and L.
    Its demonym is D.            Its demonyms are D and D.
    It borders A, B, and C.            It borders only A.            It borders no other country.     (not of parts)
    It is landlocked.                                       (of the countries without a coast)
    (at most one sentence of explanation, free in form: which capital does what, a disputed claim)

**Capital** – title "Ouagadougou" (with " (city)" added where a country has the same name):

    Ouagadougou is the capital of Burkina Faso, a country in Western Africa.
    Pretoria is a capital of South Africa, a country in Southern Africa.       (one of several)
    Kingston is the capital of Jamaica, a country in the Caribbean.
    Kingston is also the capital of Norfolk Island, a territory of Australia in Australasia.

**Currency** – title "West African CFA franc":

    The West African CFA franc (XOF) is the currency of 8 countries: Benin, Burkina Faso, …, and Togo.
    The Albanian lek (ALL) is the currency of Albania.
    (several: "of 8 countries: …", "of 3 territories: …", "of 36 countries and territories: …")

**Language** – title "French language":

    French is an official language of 41 countries and territories: Belgium, Benin, …, and Vanuatu.
    Dzongkha is an official language of Bhutan.
    French is also widely spoken in 2 countries: …            Wolof is widely spoken in Senegal.

The articles of capitals, currencies and languages end with their other names, where there are any:

    It is also known as renminbi and Chinese renminbi.

**Region and continent** – title "Western Africa", "Africa":

    Western Africa is a region of Africa.            Africa is a continent.            The Southern Ocean is an ocean.
    Its regions are Eastern Africa, Middle Africa, …, and Western Africa.       (continents)
    It has 16 countries: Benin, Burkina Faso, …, and Togo.
    It has 2 territories: Ascension Island and Saint Helena.            It has 1 territory: Puerto Rico.

**Neighbours** – title "Neighbours of Burkina Faso":

    The countries that border Burkina Faso are Benin, Ghana, …, and Togo.
    The only country that borders Lesotho is South Africa.

A *list* is "A", "A and B", or "A, B, and C" with a comma before the last "and";
a list of two whose members hold an "and" of their own is "Bosnia and
Herzegovina, and Croatia". A name that takes an article has it inside a sentence
("the Netherlands"); the title of its own article does not. Names hold no full stop, comma or
bracket, so a sentence ends at its first full stop.

Flags are the images: title "Flag of Burkina Faso" ("Flag of the Netherlands"),
one per country, territory and part, and a few of organisations ("Flag of the
European Union"). Flags are drawn 4 to 3, whatever their true proportion; Nepal's keeps its outline.
"""
