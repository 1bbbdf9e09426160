"""Rooms to pixels, and the scene that says what lies where."""

import math
from collections.abc import Mapping

import numpy as np
from PIL import Image, ImageDraw

from ...language.colours import Rgb
from ...records import Box, PlacedReference, PlacedShape, PlacedText, Program, Scene, Size
from . import palette
from .arrange import cells
from .caption import caption_of, caption_room
from .compose import compose
from .extents import LABEL_STRIP, aspect_of, drawn_as, measure_of, needs_label, setting_of
from .figures import figure
from .fonts import missing_from, presentable
from .layout import Rect, Slot
from .reading import Item, Picture, Reading, Thing, TypeStyle, Wording
from .sprites import card_sprite, figure_sprite
from .typeset import Setting, ink

Placed = PlacedReference | PlacedText | PlacedShape
LABEL_STYLE = TypeStyle(family="sans", bold=True)
SMALLEST_LABEL_PX = 7


def draw(
    reading: Reading, program: Program, pictures: Mapping[int, Image.Image], *, size: Size, seed: int
) -> tuple[Image.Image, Scene]:
    """The sketch of a reading, and its scene; `pictures` are the decoded references by ordinal."""
    return _Sketch(reading, program, pictures, size, seed).drawn()


class _Sketch:
    def __init__(
        self, reading: Reading, program: Program, pictures: Mapping[int, Image.Image], size: Size, seed: int
    ) -> None:
        self._reading = reading
        self._program = program
        self._pictures = pictures
        self._seed = seed
        self._size = (size.width, size.height)
        self._measure = measure_of(size.width, size.height)
        self._canvas = _ground(reading.background, self._size)
        self._pen = ImageDraw.Draw(self._canvas)
        self._placed: list[Placed] = []
        self._missing = ""
        self._left_over: list[str] = []
        self._groups = {
            id(item): number for number, item in enumerate(i for i in reading.items if isinstance(i, Thing))
        }

    def drawn(self) -> tuple[Image.Image, Scene]:
        self._note_missing()
        margin = max(2.0, min(self._size) * 0.055)
        if self._reading.border is not None:
            margin += self._draw_border(self._reading.border)
        lines, foot, slots = self._composed(margin)
        if len(lines) != len(caption_of(self._reading, self._missing, self._size)):
            # Composing found something to say, for which the foot of the canvas needs room.
            lines, foot, slots = self._composed(margin)
        for slot in slots:
            self._draw_slot(slot)
        if foot:
            self._draw_caption(lines, foot, margin)
        scene = Scene(
            width=self._size[0],
            height=self._size[1],
            background=self._reading.background,
            items=tuple(self._placed),
            not_understood=tuple(self._reading.not_understood),
        )
        return self._canvas, scene

    def _composed(self, margin: float) -> tuple[list[str], float, list[Slot]]:
        """The caption, its height, and the rooms of all items above it."""
        lines = caption_of(self._reading, self._missing, self._size)
        foot = caption_room(lines, self._size)
        width, height = self._size
        whole = Rect(left=0, top=0, width=width, height=height - foot)
        inner = height - margin - max(margin, foot * 1.15)
        room = Rect(left=margin, top=margin, width=max(width - 2 * margin, 1), height=max(inner, 1))
        aspects = {ordinal: picture.width / picture.height for ordinal, picture in self._pictures.items()}
        return lines, foot, self._slots(room, whole, aspects)

    def _slots(self, room: Rect, whole: Rect, aspects: Mapping[int, float]) -> list[Slot]:
        """Rooms in drawing order; a reference that fills the canvas goes to its edges."""
        filling = [item for item in self._reading.items if isinstance(item, Picture) and item.fills]
        if not filling:
            return compose(self._reading, room, aspects=aspects)
        behind = Reading(items=list[Item](filling))
        others = Reading(
            items=[item for item in self._reading.items if item not in filling],
            ties=self._reading.ties,
            notes=self._reading.notes,
        )
        over = compose(others, room, aspects=aspects, over_picture=True) if others.items else []
        return [*compose(behind, whole, aspects=aspects), *over]

    def _note_missing(self) -> None:
        for item in self._reading.items:
            if isinstance(item, Wording):
                self._missing += missing_from(presentable(item.text), item.style)
            elif isinstance(item, Thing):
                self._missing += missing_from(presentable(item.label), LABEL_STYLE)

    def _draw_slot(self, slot: Slot) -> None:
        match slot.leaf.item:
            case Picture() as picture:
                self._draw_picture(picture, slot.room)
            case Thing() as thing:
                self._draw_thing(thing, slot)
            case Wording() as wording:
                self._draw_wording(wording, slot.room)
            case _:
                pass

    def _draw_picture(self, picture: Picture, room: Rect) -> None:
        source = self._pictures[picture.ordinal]
        scale = min(room.width / source.width, room.height / source.height)
        width, height = max(1, round(source.width * scale)), max(1, round(source.height * scale))
        left = round(room.left + (room.width - width) / 2)
        top = round(room.top + (room.height - height) / 2)
        resized = source.resize((width, height), Image.Resampling.BICUBIC, reducing_gap=2.0)
        reference = self._program.references[picture.ordinal - 1]
        if resized.mode == "RGBA":
            self._canvas.paste(resized, (left, top), resized)
        else:
            ground = palette.at_height(self._reading.background, top / self._size[1])
            self._pen.rectangle(
                (left - 1, top - 1, left + width, top + height),
                outline=palette.mixed(ground, palette.ink_on(ground), 0.25),
            )
            self._canvas.paste(resized, (left, top))
        box = (left, top, left + width, top + height)
        self._placed.append(
            PlacedReference(box=box, ordinal=picture.ordinal, ref=reference.ref, digest=reference.digest)
        )

    def _draw_thing(self, thing: Thing, slot: Slot) -> None:
        hosted = [item for item in self._reading.items if isinstance(item, Wording) and item.host is thing]
        name = "card" if hosted else drawn_as(thing)
        room = slot.room
        if needs_label(thing) and not hosted:
            strip = room.height * LABEL_STRIP
            room = Rect(left=room.left, top=room.top, width=room.width, height=room.height - strip)
            label_room = Rect(left=slot.room.left, top=room.top + room.height, width=room.width, height=strip)
            self._draw_label(thing, label_room, under=True)
        aspect = aspect_of(thing, hosts=bool(hosted))
        placed = (
            _ringed(slot.leaf.count, room, aspect)
            if slot.around
            else cells(
                slot.leaf.count,
                thing.arrangement,
                width=room.width,
                height=room.height,
                aspect=aspect,
                seed=self._seed,
                columns=thing.columns,
            )
        )
        for number, (x, y, w, h) in enumerate(placed, start=slot.leaf.first):
            box = _pixels(room.left + x, room.top + y, w, h)
            self._draw_one(thing, name, box, number=number, has_inner=slot.has_inner)
            if hosted:
                self._draw_hosted(thing, hosted, box)

    def _draw_one(self, thing: Thing, name: str, box: Box, *, number: int, has_inner: bool) -> None:
        width, height = box[2] - box[0], box[3] - box[1]
        group = self._groups[id(thing)]
        stated = thing.colours[number % len(thing.colours)] if thing.colours else None
        own = palette.CARDS[group % len(palette.CARDS)] if name == "card" else figure(name).colour
        colour = stated[1] if stated else own
        if name == "card":
            fills = tuple(rgb for _, rgb in thing.colours[:3]) if thing.count == 1 and thing.colours else (colour,)
            sprite = card_sprite(width, height, fills, palette.darker(colour))
        else:
            faint = palette.distance(colour, self._ground_under(box)) < palette.DISTINCT
            sprite = figure_sprite(name, width, height, colour, palette.darker(colour, 0.35) if faint else None)
        self._canvas.paste(sprite, (box[0], box[1]), sprite)
        self._placed.append(
            PlacedShape(
                box=box,
                noun=thing.noun[:200],
                drawn_as=name,
                colour=colour,
                colour_name=stated[0] if stated else None,
                group=group,
            )
        )
        if name == "card" and not any(isinstance(i, Wording) and i.host is thing for i in self._reading.items):
            part = 0.26 if has_inner else 1.0
            label_room = Rect(left=box[0], top=box[3] - height * part, width=width, height=height * part)
            self._draw_label(thing, label_room, under=False)

    def _draw_hosted(self, thing: Thing, hosted: list[Wording], box: Box) -> None:
        """Quoted text on the card of what it is written on, with the name of the thing below it."""
        room = Rect(left=box[0], top=box[1], width=box[2] - box[0], height=box[3] - box[1]).inset(
            (box[3] - box[1]) * 0.08
        )
        strip = room.height * 0.2
        for number, wording in enumerate(hosted):
            share = (room.height - strip) / len(hosted)
            self._draw_wording(
                wording, Rect(left=room.left, top=room.top + share * number, width=room.width, height=share)
            )
        self._draw_label(
            thing, Rect(left=room.left, top=room.top + room.height - strip, width=room.width, height=strip), under=False
        )

    def _draw_label(self, thing: Thing, room: Rect, *, under: bool) -> None:
        inner = Rect(left=room.left + room.width * 0.07, top=room.top, width=room.width * 0.86, height=room.height)
        largest = max(SMALLEST_LABEL_PX, round(min(self._measure * 0.042, room.height * (0.7 if under else 0.34))))
        largest = round(room.height * 0.8) if room.height < 2.2 * largest and room.height * 0.8 < largest else largest
        if largest < SMALLEST_LABEL_PX or inner.width < 2 * SMALLEST_LABEL_PX:
            return
        text = presentable(thing.label[:80])
        setting = setting_of(text, LABEL_STYLE, width=inner.width, height=inner.height, largest=largest)
        if setting.cut or setting.size_px > room.height:
            return
        self._set(setting, inner, role="label", text=thing.label[:80], colour=None)

    def _draw_wording(self, wording: Wording, room: Rect) -> None:
        largest = max(9, round(min(room.height, self._measure * 0.5)))
        setting = setting_of(wording.text, wording.style, width=room.width, height=room.height, largest=largest)
        self._set(setting, room, role="quoted", text=wording.text, colour=wording.colour[1] if wording.colour else None)
        if setting.cut:
            self._left_over.append(wording.text)

    def _set(self, setting: Setting, room: Rect, *, role: str, text: str, colour: Rgb | None) -> None:
        box = _pixels(room.left, room.top, room.width, room.height)
        drawn = ink(setting, room=(max(box[2] - box[0], 1), max(box[3] - box[1], 1)), align="centre")
        left, top = box[0] + drawn.left, box[1] + drawn.top
        spot = (left, top, left + drawn.mask.width, top + drawn.mask.height)
        chosen = self._readable(spot, colour, setting.size_px)
        self._canvas.paste(chosen, spot, drawn.mask)
        self._place_text(setting, spot, role=role, text=text, colour=chosen)

    def _place_text(self, setting: Setting, spot: Box, *, role: str, text: str, colour: Rgb) -> None:
        missing = missing_from(presentable(text), setting.style)
        shown = "\n".join("".join(c for c in line if c not in missing) for line in setting.lines)
        assert role in {"quoted", "label", "caption"}
        self._placed.append(
            PlacedText(
                box=spot,
                text=shown,
                typeface=_named(setting.style),
                size_px=setting.size_px,
                colour=colour,
                role=role,  # pyright: ignore[reportArgumentType]
                missing=missing,
            )
        )

    def _readable(self, spot: Box, colour: Rgb | None, size_px: int) -> Rgb:
        """The colour to set text in; a plate is laid under it where nothing else makes it readable."""
        grounds = self._grounds_under(spot)
        choices = [colour] if colour is not None else [palette.INK, palette.WHITE]
        worst = {choice: min(palette.contrast(choice, ground) for ground in grounds) for choice in choices}
        best = max(worst, key=lambda choice: worst[choice])
        if worst[best] >= palette.READABLE:
            return best
        plate = max(((252, 250, 245), palette.INK), key=lambda ground: palette.contrast(best, ground))
        pad = max(2, round(size_px * 0.28))
        box = (
            max(spot[0] - pad, 0),
            max(spot[1] - pad, 0),
            min(spot[2] + pad, self._size[0]) - 1,
            min(spot[3] + pad, self._size[1]) - 1,
        )
        self._pen.rounded_rectangle(box, radius=pad, fill=plate)
        return best

    def _grounds_under(self, spot: Box) -> list[Rgb]:
        """Colours that lie under a box, from a coarse view of it."""
        left, top = max(spot[0], 0), max(spot[1], 0)
        right, bottom = min(spot[2], self._size[0]), min(spot[3], self._size[1])
        if right <= left or bottom <= top:
            return [self._reading.background[0]]
        region = self._canvas.crop((left, top, right, bottom))
        coarse = np.asarray(
            region.resize((min(8, region.width), min(4, region.height)), Image.Resampling.BOX, reducing_gap=2.0)
        )
        return [(int(r), int(g), int(b)) for r, g, b in coarse.reshape(-1, 3)]

    def _ground_under(self, spot: Box) -> Rgb:
        colours = self._grounds_under(spot)
        return tuple(sum(c[i] for c in colours) // len(colours) for i in range(3))  # pyright: ignore[reportReturnType]

    def _draw_border(self, border: tuple[str, Rgb]) -> float:
        name, colour = border
        thickness = max(2, round(min(self._size) * 0.022))
        inset = round(min(self._size) * 0.018)
        box = (inset, inset, self._size[0] - inset, self._size[1] - inset)
        self._pen.rectangle((box[0], box[1], box[2] - 1, box[3] - 1), outline=colour, width=thickness)
        self._placed.append(
            PlacedShape(
                box=box,
                noun="border",
                drawn_as="border",
                colour=colour,
                colour_name=name or None,
                group=len(self._groups),
            )
        )
        return float(inset + thickness) * 0.8

    def _draw_caption(self, lines: list[str], foot: float, margin: float) -> None:
        style = TypeStyle(family="sans")
        size = max(9, round(min(self._size) * 0.019))
        text = "\n".join(lines)
        below = margin * 0.45 if self._reading.border is None else margin * 0.75
        room = Rect(
            left=margin,
            top=self._size[1] - foot - below * 0.2,
            width=self._size[0] - 2 * margin,
            height=foot - below * 0.3,
        )
        setting = setting_of(text, style, width=room.width, height=room.height, largest=size)
        ground = palette.at_height(self._reading.background, 1.0)
        colour = palette.mixed(palette.ink_on(ground), ground, 0.3)
        self._set(setting, room, role="caption", text=text, colour=colour)


def _ground(stops: tuple[Rgb, ...], size: tuple[int, int]) -> Image.Image:
    if len(stops) == 1:
        return Image.new("RGB", size, stops[0])
    column = np.array([palette.at_height(stops, y / max(size[1] - 1, 1)) for y in range(size[1])], dtype=np.uint8)
    return Image.fromarray(np.ascontiguousarray(np.broadcast_to(column[:, None, :], (size[1], size[0], 3))))


def _pixels(left: float, top: float, width: float, height: float) -> Box:
    x, y = round(left), round(top)
    return x, y, max(round(left + width), x + 1), max(round(top + height), y + 1)


def _ringed(count: int, room: Rect, aspect: float) -> list[tuple[float, float, float, float]]:
    """Cells along the edge of a room whose middle is taken."""
    h = min(room.height, room.width / aspect) * min(0.2, 1.9 / count)
    w = h * aspect
    middle_x, middle_y = (room.width - w) / 2, (room.height - h) / 2
    angles = [-math.pi / 2 + 2 * math.pi * i / count for i in range(count)]
    return [(middle_x * (1 + math.cos(a)), middle_y * (1 + math.sin(a)), w, h) for a in angles]


def _named(style: TypeStyle) -> str:
    return " ".join(filter(None, ["bold" if style.bold else "", "italic" if style.italic else "", style.family]))
