"""Whatever is secret in the environment is in no message, however it was given and however a library quotes it."""

import pytest

from ingest.errors import LandingError
from ingest.secrecy import without_secrets

GIVEN = {
    "EDU_LANDING_URL": "sftp://desk:s3cr%40t-a@host/landing",
    "EDU_LAKE_URL": "s3://bucket/edu?secret=s3cret-b",
    "EDU_PUBLISH_POSTGRES_URL": "host=db user=publisher password='s3cret c' dbname=edu",
    "EDU_DAGSTER_POSTGRES_URL": "postgresql+psycopg2://dagster:s3cret/d@127.0.0.1:5432/dagster",
    "EDU_NOTIFY_URLS": "wecombot://0123456789-robot https://hook.example.cn/send?access_token=abcdefghijk",
    "EDU_PSEUDONYM_KEY": "5a" * 32,
    "FSSPEC_SFTP_PASSWORD": "s3cret-e",
    "FSSPEC_S3": '{"key": "public-id", "secret": "s3cret-f"}',
    "AWS_SECRET_ACCESS_KEY": "s3cret-g",
}
SECRETS = [
    *("s3cr%40t-a", "s3cr@t-a", "s3cret-b", "s3cret c", "s3cret/d", "0123456789-robot", "abcdefghijk", "5a" * 32),
    *("s3cret-e", "s3cret-f", "s3cret-g"),
]


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_shown_by_no_message(secret: str) -> None:
    shown = without_secrets(f"cannot connect with {secret!s}, said the server", GIVEN)
    assert secret not in shown and "***" in shown and shown.endswith(", said the server")


def test_what_is_no_secret_stays() -> None:
    text = "sftp://desk@host/landing: file:/etc/key, database edu of publisher on 127.0.0.1:5432"
    assert without_secrets(text, GIVEN | {"EDU_PSEUDONYM_KEY": "file:/etc/key"}) == text


def test_an_error_of_the_pipeline_shows_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FSSPEC_SFTP_PASSWORD", "s3cret-e")
    assert str(LandingError("refused: s3cret-e")) == "refused: ***"
