import pytest

from passend.errors import InvalidSetting
from passend.settings import SETTINGS, Settings, load_settings


def test_defaults_are_valid():
    settings = Settings()
    assert {setting.name for setting in SETTINGS} == set(settings)
    assert Settings(dict(settings)).whole("products.window_days") == 90


def test_order_of_precedence(tmp_path, monkeypatch):
    (tmp_path / "settings.toml").write_text("[products]\nwindow_days = 30\nmin_together = 3\nprior = 2\n")
    monkeypatch.setenv("PASSEND_PRODUCTS_MIN_TOGETHER", "4")
    settings = load_settings(tmp_path, ["products.per_product=7"])
    assert (settings.whole("products.window_days"), settings.whole("products.min_together")) == (30, 4)
    assert settings.whole("products.per_product") == 7
    assert settings.number("products.prior") == 2.0


@pytest.mark.parametrize(
    ("override", "hint"),
    [
        ("products.windw_days=3", "Did you mean products.window_days?"),
        ("products.window_days=soon", "whole number from 1 to 3650"),
        ("products.window_days=0", "whole number from 1 to 3650"),
        ("engine.name=oracle", "duckdb, spark"),
        ("nonsense", "name=value"),
    ],
)
def test_mistakes_are_told_with_the_remedy(override, hint):
    with pytest.raises(InvalidSetting) as told:
        load_settings(None, [override])
    assert hint in str(told.value)


def test_a_broken_settings_file_is_named(tmp_path):
    (tmp_path / "settings.toml").write_text("products = [")
    with pytest.raises(InvalidSetting, match=r"settings\.toml"):
        load_settings(tmp_path)


def test_no_secret_is_shown(tmp_path):
    words = {"email.password": "hunter2", "sso.client_secret": "hunter2", "webhook.secret": "whsec_hunter2"}
    hidden = {**words, "store.url": "postgresql://anna:hunter2@host:5432/shop", "decisions.salt": "hunter2"}
    settings = Settings(hidden)
    shown = {one.name: one.shown(settings[one.name]) for one in SETTINGS}
    assert "hunter2" not in str(shown)
    assert shown["store.url"] == "postgresql://anna:***@host:5432/shop"
    assert (shown["email.mailbox_password"], shown["serve.port"]) == ("", 8300), (
        "what is not set looks like it"
    )
    with pytest.raises(InvalidSetting) as told:
        Settings({"email.password": 4711})
    assert "4711" not in str(told.value)
