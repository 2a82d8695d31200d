import pytest

from helpdesk.env import BadSettingError, DatabaseUrl, env_bool, env_int, env_list, env_secret, env_str


def test_a_value_comes_from_the_environment_or_from_a_file(monkeypatch, tmp_path):
    monkeypatch.setenv("HD_A", "from environment")
    secret = tmp_path / "secret"
    secret.write_text("from file\n")
    monkeypatch.setenv("HD_B_FILE", str(secret))

    assert env_str("HD_A") == "from environment"
    assert env_str("HD_B") == "from file"
    assert env_str("HD_C", "default") == "default"


def test_a_missing_value_or_file_stops_with_the_name_only(monkeypatch):
    monkeypatch.setenv("HD_B_FILE", "/nowhere/secret")

    with pytest.raises(BadSettingError, match="HD_A"):
        env_str("HD_A")
    with pytest.raises(BadSettingError, match="HD_B_FILE"):
        env_str("HD_B")


@pytest.mark.parametrize(("word", "meaning"), [("true", True), ("1", True), ("On", True), ("no", False), ("", False)])
def test_yes_and_no_are_understood(monkeypatch, word, meaning):
    monkeypatch.setenv("HD_FLAG", word)

    assert env_bool("HD_FLAG", default=not meaning) is meaning


def test_an_unknown_word_is_an_error_and_not_shown(monkeypatch):
    monkeypatch.setenv("HD_FLAG", "maybe-secret")
    monkeypatch.setenv("HD_NUMBER", "maybe-secret")

    for read in (lambda: env_bool("HD_FLAG", default=False), lambda: env_int("HD_NUMBER", default=1)):
        with pytest.raises(BadSettingError) as caught:
            read()
        assert "maybe-secret" not in str(caught.value)


def test_a_list_is_split_at_commas(monkeypatch):
    monkeypatch.setenv("HD_LIST", " a, b,,c ")

    assert env_list("HD_LIST") == ["a", "b", "c"]


def test_a_secret_may_come_from_the_demos_file_but_has_no_default(monkeypatch, tmp_path):
    made = tmp_path / "secret_key"

    with pytest.raises(BadSettingError):
        env_secret("HD_SECRET", made)
    made.write_text("made by the demo\n")
    assert env_secret("HD_SECRET", made) == "made by the demo"
    monkeypatch.setenv("HD_SECRET", "given")
    assert env_secret("HD_SECRET", made) == "given"


def test_a_database_url_is_taken_apart():
    url = DatabaseUrl.parse("X", "postgresql://hd%40app:p%2Fw@db.example:5433/hush?sslmode=verify-full")

    assert url.django() == {
        "ENGINE": "helpdesk.core.postgresql",
        "NAME": "hush",
        "USER": "hd@app",
        "PASSWORD": "p/w",
        "HOST": "db.example",
        "PORT": "5433",
        "OPTIONS": {"sslmode": "verify-full"},
    }


def test_a_socket_directory_is_given_as_host():
    assert DatabaseUrl.parse("X", "postgresql://hd_app@/hushdesk?host=/run/pg").host == "/run/pg"


@pytest.mark.parametrize("url", ["mysql://a@b/c", "postgresql://a@b", "nonsense"])
def test_another_kind_of_url_is_refused(url):
    with pytest.raises(BadSettingError, match="X"):
        DatabaseUrl.parse("X", url)
