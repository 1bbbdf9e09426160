"""The reader agrees with strict JSON wherever a text is strict JSON."""

import json

from hypothesis import given
from hypothesis import strategies as st

from genevolve.rollout.json_reader import JsonError, JsonReader

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**17), 10**17)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(alphabet=st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=15,
)


@given(VALUES, st.booleans(), st.sampled_from([None, 2]))
def test_strict_json_is_read_as_the_standard_library_reads_it_without_repairs(value, ascii_only, indent):
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    reader = JsonReader(text + " tail")

    assert reader.read() == json.loads(text)
    assert reader.repairs == []
    assert reader.position == len(text)


@given(st.text(alphabet="{}[]\",:\\u0123 \n'truefalsn\ud800“”"))
def test_any_text_is_read_or_refused_and_what_is_read_can_be_stored(text):
    try:
        value = JsonReader(text).read()
    except JsonError:
        return
    json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
