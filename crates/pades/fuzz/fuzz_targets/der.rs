//! Certificates, lists, tokens and requests: what is read is written back, and nothing is made up.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pades::timestamp::{Request, Token};
use pades::{Certificate, Crl, Trust, read_pem, to_pem};

fuzz_target!(|data: &[u8]| {
    if let Ok(certificate) = Certificate::from_der(data) {
        assert_eq!(certificate.der(), data);
        let again = read_pem(&to_pem(&certificate)).expect("armour of our own");
        assert_eq!(again, [certificate]);
    }
    if let Ok(list) = Crl::from_der(data) {
        assert_eq!(list.der(), data);
    }
    if let Ok(token) = Token::read(data) {
        assert_eq!(token.der(), data);
        assert!(token.check_over(b"", &Trust::default(), i64::MAX).is_err());
    }
    let question = Request::new([7; 32], [8; 16]);
    assert!(question.accept(data, &Trust::default(), 0).is_err());
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = read_pem(text);
        let _ = pades::pem::open("X509 CRL", text);
    }
});
