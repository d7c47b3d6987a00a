"""What we watch, with which settings: ``load()`` reads and checks the files of a settings folder."""

from config.alerts import RuleSettings, Target
from config.loading import FILES, load
from config.problems import SettingsError
from config.settings import AlertsSettings, FetchSettings, LogSettings, PollSettings, Settings
from config.sources import PolicySettings, SourceSettings

__all__ = [
    "FILES",
    "AlertsSettings",
    "FetchSettings",
    "LogSettings",
    "PolicySettings",
    "PollSettings",
    "RuleSettings",
    "Settings",
    "SettingsError",
    "SourceSettings",
    "Target",
    "load",
]
