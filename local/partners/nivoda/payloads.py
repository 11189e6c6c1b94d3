"""A stone's listing in the shape Nivoda gives it; everything follows from its number.

Real listings are untidy, and so are these: measurements as text, some of them "0" or "null",
percentages where a yes was expected, and a laboratory-grown flag that is wrong half the time.
"""

from hashlib import blake2b
from typing import Any

from local.partners.nivoda import looks
from local.partners.nivoda.shelf import HELD, Kind, Stone

Item = dict[str, Any]

FANCY_IN_DISGUISE = 2
"""In 256: stones with a fancy colour whose colour is said to be one from D to Z."""
NOT_FLUORESCENT = 153
LYING_FLAG = 128
MEDIA = "https://media.example.test"
KINDS: tuple[Kind, ...] = ("natural", "labgrown")


SUPPLIERS = tuple(
    (f"5a4d0c7e-0000-4000-8000-{n:012x}", f"Example Gems {n}", f"Example Gems {n} Private Limited")
    for n in range(1, 65)
)


class Writer:
    """Writes the listings of one seed."""

    def __init__(self, seed: int) -> None:
        self._key = seed.to_bytes(8, "big", signed=True)

    def digits(self, kind: Kind, number: int) -> bytes:
        """64 bytes that are this stone's alone."""
        return blake2b(number.to_bytes(6, "big") + kind.encode(), key=self._key).digest()

    def diamond_id(self, kind: Kind, number: int) -> str:
        """A UUID that ends in the stone's number."""
        hexed = self.digits(kind, number).hex()
        variant = f"8{KINDS.index(kind)}{hexed[15:17]}"
        return f"{hexed[:8]}-{hexed[8:12]}-4{hexed[12:15]}-{variant}-{number:012x}"

    def found(self, diamond_id: str) -> tuple[Kind, int] | None:
        """The stone with this id, if there ever was one."""
        try:
            kind, number = KINDS[int(diamond_id[20])], int(diamond_id[24:], 16)
        except (ValueError, IndexError):
            return None
        return (kind, number) if self.diamond_id(kind, number) == diamond_id else None

    def item(self, kind: Kind, stone: Stone, hold_id: str | None = None) -> Item:
        digits = self.digits(kind, stone.number)
        diamond_id = self.diamond_id(kind, stone.number)
        return {
            "id": f"DIAMOND/{diamond_id}",
            "price": stone.cents,
            "diamond_price": stone.cents - stone.cents // 50,
            "discount": -(digits[40] << 5),
            "markup_price": stone.cents,
            "markup_discount": -(digits[40] << 5),
            "diamond": _diamond(kind, stone, diamond_id, digits, hold_id),
        }


def _diamond(
    kind: Kind, stone: Stone, diamond_id: str, digits: bytes, hold_id: str | None
) -> dict[str, Any]:
    certificate = _certificate(kind, stone, digits)
    supplier_id, supplier, legal_name = SUPPLIERS[digits[32] % 64]
    days, media = 3 + digits[33] % 10, f"{MEDIA}/diamond/{certificate['certNumber']}"
    return {
        "id": diamond_id,
        "availability": "ON_HOLD" if stone.state == HELD else "AVAILABLE",
        "HoldId": hold_id,
        "NivodaStockId": f"N{stone.number:09}",
        "supplierStockId": f"{supplier[8:]}-{stone.number}",
        "image": f"{media}/image/500/500",
        "video": f"{media}/video/500/500" if looks.HAS_VIDEO[digits[34]] else None,
        "supplier_video_link": looks.VIDEO_LINKS[digits[34]],
        "v360": {"id": diamond_id, "url": f"{media}/v360", "frame_count": 256},
        "eyeClean": looks.CLEAN[digits[35]],
        "brown": looks.TINGES[digits[36]],
        "green": looks.TINGES[digits[37] & 127],
        "blue": None,
        "gray": None,
        "other": None,
        "milky": looks.TINGES[digits[38] & 127],
        "bowtie": None,
        "mine_of_origin": looks.MINES[digits[39]] if kind == "natural" else None,
        "location": looks.COUNTRIES[digits[41]],
        "approval_type": "FULL",
        "final_price": looks.FINAL[digits[42]],
        "show_measurements": True,
        "show_certificate_number": True,
        "return_window": 7 if digits[42] & 1 else None,
        "CertificateType": "NaturalCertificate" if kind == "natural" else "LabgrownCertificate",
        "scs_certificate": None,
        "country_of_polishing": None,
        "delivery_time": {
            "express_timeline_applicable": looks.EXPRESS[digits[33]],
            "min_business_days": days,
            "max_business_days": days + 3,
        },
        "supplier": {"id": supplier_id, "name": supplier, "legal_name": legal_name},
        "certificate": certificate,
    }


def _certificate(kind: Kind, stone: Stone, digits: bytes) -> dict[str, Any]:
    carats, number = stone.hundredths / 100, f"{digits[5]:03}{stone.number:08}"
    color = looks.COLORS[digits[6]] if kind == "natural" else looks.COLORS[digits[6] >> 2]
    fancy = color == "FANCY" or digits[7] < FANCY_IN_DISGUISE
    media = f"{MEDIA}/certificate/{number}"
    return {
        "id": digits[16:32].hex(),
        "lab": looks.LABS[digits[8]],
        "certNumber": number,
        "pdfUrl": f"{media}.pdf",
        "shape": looks.SHAPES[digits[9]],
        "fullShape": None,
        "carats": carats,
        "clarity": looks.CLARITIES[digits[10]],
        "cut": looks.QUALITIES[digits[11]] if looks.SHAPES[digits[9]] == "ROUND" else None,
        "polish": looks.QUALITIES[digits[12]],
        "symmetry": looks.QUALITIES[digits[13]],
        "color": color,
        "colorShade": None,
        "f_color": looks.HUES[digits[14]] if fancy else None,
        "f_intensity": looks.INTENSITIES[digits[15]] if fancy else None,
        "f_overtone": looks.OVERTONES[digits[16]] if fancy else None,
        "floInt": looks.INTENSITY[digits[17]],
        "floCol": looks.FLUORESCENT[digits[18]] if digits[17] > NOT_FLUORESCENT else None,
        **_proportions(carats, digits),
        "keyToSymbols": looks.SYMBOLS[digits[43]],
        "comments": looks.COMMENTS[digits[44]],
        "labgrown": digits[45] < LYING_FLAG if kind == "natural" else digits[45] >= LYING_FLAG,
        "labgrown_type": looks.GROWTH[digits[46]] if kind == "labgrown" else None,
        "treated": looks.TREATED[digits[47]],
        "verified": "true",
        "country_of_origin": None,
        "image": f"{media}/image/500/500",
        "video": None,
        "v360": None,
        "product_images": _pictures(media, 1 + digits[48] % 4),
        "product_videos": [],
        "inclusions": [],
    }


def _proportions(carats: float, digits: bytes) -> dict[str, Any]:
    """Mostly text with six decimals; some were never measured."""
    size = 6.45 * carats ** (1 / 3)
    ratio, depth = 1 + digits[19] / 5000, 58 + digits[20] / 42
    unmeasured = looks.UNMEASURED[digits[21]]
    sizes = {
        "length": size * ratio,
        "width": size,
        "depth": size * depth / 100,
        "depthPercentage": depth,
        "table": 54 + digits[22] / 32,
        "crownAngle": 33 + digits[23] / 85,
        "crownHeight": 13 + digits[24] / 85,
        "pavAngle": 40.2 + digits[25] / 255,
        "pavHeight": 42 + digits[26] / 128,
        "pavDepth": 42.5 + digits[27] / 128,
        "starLength": 50.0,
        "lowerGirdle": 75 + digits[28] / 51,
    }
    return {name: unmeasured or f"{value:.6f}" for name, value in sizes.items()} | {
        "girdle": looks.GIRDLES[digits[29]],
        "girdleCondition": "Faceted" if digits[29] & 1 else None,
        "culetSize": looks.CULETS[digits[30]],
        "culet_condition": None,
        "cut_style": None,
    }


def _pictures(media: str, how_many: int) -> list[dict[str, Any]]:
    return [
        {
            "id": f"{media[-11:]}-{n}",
            "url": f"{media}/{n}.jpg",
            "loupe360_url": None,
            "type": "IMAGE",
            "display_index": how_many - n,
        }
        for n in range(how_many)
    ]
