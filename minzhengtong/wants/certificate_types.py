"""The types of certificates, their simulated issuers and their claims."""

from collections.abc import Mapping
from dataclasses import dataclass

from minzhengtong.base.errors import InvalidInput
from minzhengtong.standards.uscc import make_uscc


@dataclass(frozen=True, slots=True)
class CertificateType:
    """One type; `claims` maps each claim's name to its Chinese and English label, in the order shown."""

    id: str
    name: str
    name_en: str
    issuer: str
    issuer_en: str
    issuer_code: str  # GB 32100
    claims: Mapping[str, tuple[str, str]]

    @property
    def code(self) -> str:
        """The type code of GB/T 36904: the code of the issuer that defines the type, and a number."""
        return f"{self.issuer_code}001"


_NAME = {"name": ("姓名", "Name")}
_NUMBER = {"number": ("证件号码", "Number")}
_ISSUED_ON = {"issued_on": ("发证日期", "Issued on")}

_POLICE = ("示例公安局", "Sample Public Security Bureau", make_uscc("11", "00000101"))
_TRAFFIC = ("示例公安交管局", "Sample Traffic Police", make_uscc("11", "00000102"))
_LABOUR = ("示例人社局", "Sample Human Resources Bureau", make_uscc("11", "00000103"))
_INSURANCE = ("示例医保局", "Sample Healthcare Security Bureau", make_uscc("11", "00000104"))
_CIVIL_AFFAIRS = ("示例民政局", "Sample Civil Affairs Bureau", make_uscc("11", "00000105"))
_DISABLED = ("示例残疾人联合会", "Sample Disabled Persons' Federation", make_uscc("11", "00000106"))
_HEALTH = ("示例卫健委", "Sample Health Commission", make_uscc("11", "00000107"))
_HOUSEHOLDS = ("示例户政中心", "Sample Household Registry", make_uscc("11", "00000108"))

_ALL = (
    CertificateType(
        "resident-id", "居民身份证", "Resident ID card", *_POLICE,
        {**_NAME, "sex": ("性别", "Sex"), "born": ("出生", "Born"),
         "address": ("住址", "Address"), **_NUMBER},
    ),
    CertificateType(
        "household-register", "居民户口簿", "Household register", *_HOUSEHOLDS,
        {**_NAME, "household_number": ("户号", "Household number"), "address": ("住址", "Address")},
    ),
    CertificateType(
        "driving-licence", "机动车驾驶证", "Driving licence", *_TRAFFIC,
        {**_NAME, **_NUMBER, "vehicle_class": ("准驾车型", "Class"), **_ISSUED_ON},
    ),
    CertificateType(
        "social-security-card", "社会保障卡", "Social security card", *_LABOUR,
        {**_NAME, **_NUMBER, "bank": ("发卡银行", "Bank")},
    ),
    CertificateType(
        "medical-insurance", "医保电子凭证", "Medical insurance credential", *_INSURANCE,
        {
            **_NAME, **_NUMBER, "insured_place": ("参保地", "Insured in"),
            "insurance_type": ("险种", "Kind of insurance"),
        },
    ),
    CertificateType(
        "senior-card", "老年人优待证", "Senior citizen card", *_CIVIL_AFFAIRS,
        {**_NAME, **_NUMBER, "age_band": ("优待年龄段", "Age band")},
    ),
    CertificateType(
        "disability-certificate", "残疾人证", "Disability certificate", *_DISABLED,
        {**_NAME, **_NUMBER, "category": ("残疾类别", "Category"), "grade": ("残疾等级", "Grade")},
    ),
    CertificateType(
        "birth-certificate", "出生医学证明", "Birth certificate", *_HEALTH,
        {**_NAME, **_NUMBER, "born": ("出生", "Born")},
    ),
)  # fmt: skip

CERTIFICATE_TYPES: dict[str, CertificateType] = {kind.id: kind for kind in _ALL}


def certificate_type(type_id: str) -> CertificateType:
    """The type of this id. Raises: InvalidInput."""
    try:
        return CERTIFICATE_TYPES[type_id]
    except KeyError:
        raise InvalidInput(f"one of {', '.join(CERTIFICATE_TYPES)}", "another type of certificate") from None
