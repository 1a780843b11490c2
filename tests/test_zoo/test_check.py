"""A wrong, partial or foreign download is refused by name."""

import shutil

import pytest
from PIL import Image

from geokr_mm.errors import InputError
from geokr_mm.zoo.check import check_archive
from geokr_mm.zoo.convert import convert
from geokr_mm.zoo.scenes import class_folders


@pytest.fixture(scope='module')
def card(toy_card):
    return toy_card('aid', 5)


@pytest.fixture
def download(card, make_download, tmp_path):
    return make_download(card, tmp_path / 'download')


@pytest.fixture
def refused(card, download, tmp_path):
    """The message with which a download is refused."""

    def message(**options):
        out = tmp_path / 'out'
        with pytest.raises(InputError) as error:
            convert(card, download, out, class_folders, **options)
        assert not out.exists()
        assert not list(tmp_path.glob('.out*'))
        return str(error.value)

    return message


def test_a_whole_download(card, download, tmp_path):
    about = convert(card, download, tmp_path / 'out', class_folders)
    assert about['whole']
    assert about['parts']['20'] == dict(train=30, test=120)
    image = next((tmp_path / 'out/images').glob('Airport/*'))
    assert image.samefile(download / card.inside[-1] / 'Airport' / image.name)


def test_a_missing_class(card, download, refused):
    shutil.rmtree(download / card.inside[-1] / 'Pond')
    text = refused()
    assert 'Pond/*.jpg: 0 files, AID has 5' in text
    assert card.address in text


def test_a_missing_image(card, download, refused):
    (download / card.inside[-1] / 'Pond/0003.jpg').unlink()
    assert 'Pond/*.jpg: 4 files, AID has 5' in refused()


def test_an_image_too_many(card, download, refused):
    folder = download / card.inside[-1] / 'Pond'
    shutil.copy(folder / '0003.jpg', folder / '0009.jpg')
    assert 'Pond/*.jpg: 6 files, AID has 5' in refused(piece=True)


def test_a_foreign_folder(card, download, refused):
    (download / card.inside[-1] / 'Glacier').mkdir()
    assert 'Glacier: no class of AID' in refused(piece=True)


def test_a_damaged_image(card, download, refused):
    (download / card.inside[-1] / 'Pond/0003.jpg').write_bytes(b'no image')
    assert 'Pond/0003.jpg: is damaged' in refused()


def test_another_size(card, download, refused, tmp_path):
    path = download / card.inside[-1] / 'Pond/0003.jpg'
    Image.open(path).resize((16, 16)).save(path)
    assert '0003.jpg: 16 x 16 pixels, AID has 32 x 32' in refused()
    with pytest.warns(UserWarning, match='nothing published'):
        convert(card, download, tmp_path / 'p', class_folders, piece=True)


def test_no_set_at_all(card, download, refused):
    shutil.rmtree(download / card.inside[-1])
    assert 'holds nothing of AID, such as Airport' in refused(piece=True)
    download.rename(download.with_name('elsewhere'))
    assert 'no such folder; get AID at https' in refused()


def test_archives(card, tmp_path):
    known = card.model_copy(
        update=dict(archives={'a.zip': '0cc175b9c0f1b6a831c399e269772661'})
    )
    path = tmp_path / 'a.zip'
    path.write_bytes(b'a')
    check_archive(known, path)
    path.write_bytes(b'b')
    with pytest.raises(InputError, match=r'a.zip: MD5 92eb.* is 0cc1'):
        check_archive(known, path)
    with pytest.raises(InputError, match=r'is a file.*none with a public'):
        check_archive(card, path)
