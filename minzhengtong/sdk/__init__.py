"""What a mini-app may import. It imports nothing else of the platform."""

from minzhengtong.sdk.app import MiniApp, current_citizen, format_fen
from minzhengtong.sdk.link import Link
from minzhengtong.sdk.scan import Payment, Scan, ScanRefused
from minzhengtong.sdk.sessions import Citizen
from minzhengtong.sdk.store import Record

__all__ = [
    "Citizen",
    "Link",
    "MiniApp",
    "Payment",
    "Record",
    "Scan",
    "ScanRefused",
    "current_citizen",
    "format_fen",
]
