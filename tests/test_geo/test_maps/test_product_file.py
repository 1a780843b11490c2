"""Product files of one's own: each that is wrong is one line."""

import pytest

from geokr_mm.errors import InputError
from geokr_mm.geo import load_product
from geokr_mm.geo.pipeline.cli import main

WATER = '{code: 1, name: a, color: [0, 0, 9], common: water}'
WOOD = '{code: 2, name: b, color: [0, 9, 0], common: forest}'
GOOD = f'classes: [{WATER}, {WOOD}]\n'


def refusal(path, content):
    """The one line about a product file."""
    path.write_bytes(
        content if isinstance(content, bytes) else content.encode()
    )
    with pytest.raises(InputError) as caught:
        load_product(str(path))
    text = str(caught.value)
    assert text.startswith(f'{path}: ') and '\n' not in text
    return text.removeprefix(f'{path}: ')


@pytest.mark.parametrize(
    ('content', 'words'),
    [
        ('', 'empty file'),
        ('# nothing\n', 'empty file'),
        ('[1, 2]', 'holds [1, 2], not keys with values'),
        ('just text', "holds 'just text', not keys with values"),
        ('classes: [', 'not valid YAML, line 2'),
        (f'a: 1\nb:\tx: [\n{GOOD}', 'not valid YAML, line 2'),
        ('title: 2019-13-45\n' + GOOD, 'not valid YAML'),
        (f'nodata: [0]\n{GOOD}nodata: [9]\n', "line 3: key 'nodata' is given"),
        ('classes: [{code: 1, code: 2}]', "key 'code' is given twice"),
        ('title: Wälder\n'.encode('latin-1') + GOOD.encode(),
         'byte 9 is not UTF-8 text; save the file as UTF-8'),
        (GOOD.encode('utf-16'), 'byte 1 is not UTF-8'),
    ],
)  # fmt: skip
def test_files_that_are_no_yaml(tmp_path, content, words):
    assert words in refusal(tmp_path / 'p.yaml', content)


@pytest.mark.parametrize(
    ('text', 'words'),
    [
        ('title: x\n', 'classes is missing'),
        ('classes: []', 'classes: [] must have at least 1'),
        ('classes: 7', 'classes: 7 must be a list'),
        ('classes: [forest]', "class 1: 'forest' must be keys with values"),
        (GOOD + 'yaers: [2019]', "yaers: unknown key, with value [2019]; "
         "write 'years'"),
        (GOOD + 'zzz: 1', 'zzz: unknown key, with value 1; known are name,'),
        (GOOD + '7: 1', '7: unknown key'),
        (f'classes: [{WATER}, {{code: 3, name: c, colour: [1, 2, 3], '
         'common: water}]', "class 'c': colour: unknown key, with value "
         "[1, 2, 3]; write 'color'"),
        (f'classes: [{WATER}, {{code: 3, color: [1, 2, 3], common: water}}]',
         'class 2: name is missing'),
        (GOOD.replace(', common: water', ''), "class 'a' lacks `common`"),
        (GOOD + 'sea_from: {code: 1, larger_than: 5}',
         "sea_from.larger_than: unknown key, with value 5; write "
         "'larger_than_km2'"),
        (GOOD + 'sea_from: {code: 8, larger_than_km2: 5}',
         'sea_from: code 8 is no code of a class'),
        (GOOD + 'sea_from: {code: 1, larger_than_km2: -5}',
         'sea_from.larger_than_km2: -5 must be more than 0'),
    ],
)  # fmt: skip
def test_keys(tmp_path, text, words):
    assert words in refusal(tmp_path / 'p.yaml', text)


@pytest.mark.parametrize(
    ('change', 'words'),
    [
        (('[0, 0, 9]', '[0, 0, 256]'), 'color[2]: 256 must be at most 255'),
        (('[0, 0, 9]', '[0, -1, 9]'), 'color[1]: -1 must be at least 0'),
        (('[0, 0, 9]', '[0, 9]'), 'color: [0, 9] must have at least 3'),
        (('[0, 0, 9]', '[0, 0, 9, 9]'), 'must have at most 3'),
        (('[0, 0, 9]', '"#00f"'), "color: '#00f' must be a list"),
        (('[0, 0, 9]', '[0, 0.5, 9]'), 'color[1]: 0.5 must be a whole'),
        (('code: 1', 'code: "1"'), "code: '1' must be a whole number, "
         'without quotes or decimal point'),
        (('code: 1', 'code: 1.0'), 'code: 1.0 must be a whole number'),
        (('code: 1', 'code: yes'), 'code: True must be a whole number'),
        (('code: 1', 'code: 1, codes: [1, "2"]'), "codes[1]: '2' must be"),
        (('code: 1', 'code: 1, codes: 3'), 'codes: 3 must be a list'),
        (('code: 1', f'code: {10**30}'), 'must be less than'),
        (('name: a', 'name: no'), 'color'),
        (('common: water', 'common: lava'), "common: 'lava' is no common "
         'class; they are artificial, bareland'),
    ],
)  # fmt: skip
def test_classes(tmp_path, change, words):
    text = GOOD.replace(*change)
    found = refusal(tmp_path / 'p.yaml', text)
    if 'name' in change[0]:
        assert found.startswith('class False: name: False must be text')
        return
    assert found.startswith("class 'a': ") and words in found


@pytest.mark.parametrize(
    ('line', 'words'),
    [
        ('years: 2019', 'years: 2019 must be a list'),
        ('years: ["2019"]', "years[0]: '2019' must be a whole number"),
        ('years: [20.5]', 'years[0]: 20.5 must be a whole number'),
        ('years: [19]', 'years[0]: 19 must be at least 1000'),
        ('years: []', 'years: [] must have at least 1'),
        ('gsd: fine', "gsd: 'fine' must be a number"),
        ('gsd: 0', 'gsd: 0 must be more than 0'),
        ('nodata: 0', 'nodata: 0 must be a list'),
        ('nodata: [.nan]', 'nodata[0]: nan must be a whole number'),
        ('title: 7', 'title: 7 must be text; put it in quotes'),
        ('overall_accuracy: 82', 'overall_accuracy: 82 must be at most 1'),
        ('overall_accuracy: -0.1', 'overall_accuracy: -0.1 must be at least'),
        ('overall_accuracy: .nan', 'overall_accuracy: nan must be'),
        ('overall_accuracy: {2019: 80}', 'overall_accuracy[2019]: 80 must be'),
        ('overall_accuracy: {}', 'overall_accuracy: {} must have at least 1'),
        ('tiles: "x(?P<year>"', 'is no regular expression'),
        ('tiles: "[a-z]+"', "tiles: '[a-z]+' lacks the group (?P<year>...)"),
        ('other_layers: "*x"', "other_layers: '*x' is no regular expression"),
        ('bands: {2019: first}', "bands[2019]: 'first' must be a whole"),
        ('bands: {2019: 0}', 'bands[2019]: 0 must be at least 1'),
        ('bands: {2019: 1, 2020: 1}', 'gives one band to two years'),
        ('bands: [{files: x}]', 'bands[0].years is missing'),
        ('years: [2019]\nbands: {2018: 1}', 'year 2018 is not in years'),
    ],
)  # fmt: skip
def test_other_values(tmp_path, line, words):
    assert words in refusal(tmp_path / 'p.yaml', GOOD + line + '\n')


def test_what_contradicts_itself(tmp_path):
    path = tmp_path / 'p.yaml'
    for line in ('nodata: [0, 2]', 'sea: [2]'):
        key = line.split(':')[0]
        assert refusal(path, GOOD + line) == (
            f"code 2 is given twice: {key} and class 'b'"
        )
    text = f'classes: [{WATER}, {WOOD.replace("2", "1", 1)}]'
    assert "code 1 is given twice: class 'a' and class 'b'" in refusal(
        path, text
    )
    assert 'code 5 is given twice: nodata and sea' in refusal(
        path, GOOD + 'nodata: [5]\nsea: [5]'
    )
    again = GOOD.replace('name: b', 'name: a')
    assert "two classes are named 'a'" in refusal(path, again)


def test_layers_need_one_each_and_the_group(tmp_path):
    path = tmp_path / 'p.yaml'
    one = GOOD.replace('common: water', 'common: water, layer: x')
    assert 'give every class a layer' in refusal(path, one)
    both = one.replace('common: forest', 'common: forest, layer: y')
    assert '(?P<layer>...)' in refusal(path, both)
    path.write_text(both + "tiles: '(?P<year>20..)_(?P<layer>.)'\n")
    assert load_product(str(path)).layers == ('x', 'y')


def test_files_that_cannot_be_read(tmp_path):
    folder = tmp_path / 'd.yaml'
    folder.mkdir()
    with pytest.raises(InputError, match='d.yaml: no such product file'):
        load_product(str(folder))


def test_good_files_are_read(tmp_path):
    path = tmp_path / 'mine.YAML'
    path.write_bytes(
        b'\xef\xbb\xbf'  # as Windows editors begin a file
        + (
            'overall_accuracy: {2015: 0.8, 2019: 1}\nyears: [2019, 2015]\n'
            'bands: {2015: 2, 2019: 1}\nnodata: [-1]\n'
            'title: Wälder\n' + GOOD
        ).encode()
    )
    product = load_product(str(path))
    assert product.name == 'mine' and product.years == (2015, 2019)
    assert product.accuracy(2019) == 1.0 and product.about['title'] == 'Wälder'
    assert product.bands == (('.', {2015: 2, 2019: 1}),)
    assert product.codes == {1: 0, 2: 1} and product.nodata == {-1}
    path.write_text(
        GOOD + 'bands: [{files: old, years: {2000: 1}}, '
        '{files: new, years: {2019: 3}}]\n'
    )
    assert load_product(str(path)).bands == (
        ('old', {2000: 1}),
        ('new', {2019: 3}),
    )


def test_a_command_ends_with_the_line(tmp_path, make_raster):
    path = tmp_path / 'p.yaml'
    path.write_text(GOOD + 'gsd: fine\n')
    with pytest.raises(InputError, match="p.yaml: gsd: 'fine' must be a num"):
        main(
            ['--scenes', 'x', '--product', str(path), '--land-cover', 'y',
             '--patch-size', '8', '--out', str(tmp_path / 'o' / 'i.parquet'),
             '--quiet']
        )  # fmt: skip
    assert not (tmp_path / 'o').exists()


def test_the_example_in_the_docs_is_accepted(tmp_path, repo):
    """As it is, and with each of its optional lines."""
    page = (repo / 'docs' / 'products.md').read_text()
    example = page.split('```yaml\n')[1].split('```')[0]
    path = tmp_path / 'p.yaml'
    path.write_text(example)
    product = load_product(str(path))
    assert product.codes == {1: 0, 2: 1, 21: 1, 22: 1}
    optional = [
        line.removeprefix('# ')
        for line in example.splitlines()
        if line.startswith('# ') and line.split()[1].endswith(':')
    ]
    keys = {line.split(':')[0] for line in optional}
    assert {'tiles', 'other_layers', 'bands', 'band', 'sea_from'} <= keys
    for line in optional:
        # Of one product, so that the codes and years are those above.
        line = line.replace('code: 6', 'code: 1')
        years = '1990, 2019, 2020'
        path.write_text(example.replace('[2019]', f'[{years}]', 1) + line)
        assert load_product(str(path)).years == (1990, 2019, 2020)
