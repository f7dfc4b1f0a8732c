//! Object identifiers, each with where it is defined.

use der::asn1::ObjectIdentifier as Oid;

macro_rules! oids {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        $($(#[$doc])* pub(crate) const $name: Oid = Oid::new_unwrap($text);)*
    };
}

oids! {
    // RFC 5652, CMS.
    DATA = "1.2.840.113549.1.7.1";
    SIGNED_DATA = "1.2.840.113549.1.7.2";
    CONTENT_TYPE = "1.2.840.113549.1.9.3";
    MESSAGE_DIGEST = "1.2.840.113549.1.9.4";
    // RFC 5035, enhanced security services.
    SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47";
    // RFC 2634; timestamp services of old still name their certificate by SHA-1.
    SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12";
    // RFC 3161 and its appendix A.
    TST_INFO = "1.2.840.113549.1.9.16.1.4";
    SIGNATURE_TIMESTAMP = "1.2.840.113549.1.9.16.2.14";
    // FIPS 180-4 digests.
    SHA_256 = "2.16.840.1.101.3.4.2.1";
    SHA_384 = "2.16.840.1.101.3.4.2.2";
    SHA_512 = "2.16.840.1.101.3.4.2.3";
    // RFC 5480 and RFC 5758, elliptic curves.
    EC_PUBLIC_KEY = "1.2.840.10045.2.1";
    P_256 = "1.2.840.10045.3.1.7";
    P_384 = "1.3.132.0.34";
    ECDSA_SHA_256 = "1.2.840.10045.4.3.2";
    ECDSA_SHA_384 = "1.2.840.10045.4.3.3";
    // GM/T 0006, the curve SM2.
    SM2 = "1.2.156.10197.1.301";
    // RFC 8017, RSA.
    RSA = "1.2.840.113549.1.1.1";
    RSA_SHA_256 = "1.2.840.113549.1.1.11";
    RSA_SHA_384 = "1.2.840.113549.1.1.12";
    RSA_SHA_512 = "1.2.840.113549.1.1.13";
    // X.520 names.
    COMMON_NAME = "2.5.4.3";
    SERIAL_NUMBER = "2.5.4.5";
    COUNTRY = "2.5.4.6";
    ORGANIZATION = "2.5.4.10";
    // RFC 5280, extensions.
    SUBJECT_KEY_IDENTIFIER = "2.5.29.14";
    KEY_USAGE = "2.5.29.15";
    SUBJECT_ALT_NAME = "2.5.29.17";
    BASIC_CONSTRAINTS = "2.5.29.19";
    CRL_NUMBER = "2.5.29.20";
    CRL_REASON = "2.5.29.21";
    AUTHORITY_KEY_IDENTIFIER = "2.5.29.35";
    EXTENDED_KEY_USAGE = "2.5.29.37";
    // RFC 5280 and RFC 9336, purposes of a key.
    EMAIL_PROTECTION = "1.3.6.1.5.5.7.3.4";
    TIME_STAMPING = "1.3.6.1.5.5.7.3.8";
    DOCUMENT_SIGNING = "1.3.6.1.5.5.7.3.36";
    ANY_PURPOSE = "2.5.29.37.0";
    // Purposes that authorities gave to signers of documents before RFC 9336: Microsoft's, Adobe's.
    MICROSOFT_DOCUMENT_SIGNING = "1.3.6.1.4.1.311.10.3.12";
    ADOBE_DOCUMENT_SIGNING = "1.2.840.113583.1.1.5";
}
