//! A QR code as a picture.

use qrcodegen::{DataTooLong, QrCode, QrCodeEcc};

/// Modules of white around the code; readers need four.
const QUIET: i32 = 4;

/// A text as QR code, SVG with the quiet zone that readers need.
pub fn svg(text: &str) -> Result<String, DataTooLong> {
    Ok(picture(&QrCode::encode_text(text, QrCodeEcc::Medium)?))
}

fn picture(code: &QrCode) -> String {
    let side = code.size() + 2 * QUIET;
    let mut path = String::new();
    for y in 0..code.size() {
        for x in (0..code.size()).filter(|x| code.get_module(*x, y)) {
            path.push_str(&format!("M{},{}h1v1h-1z", x + QUIET, y + QUIET));
        }
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M0,0h{side}v{side}h-{side}z\"/><path fill=\"#000\" d=\"{path}\"/></svg>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_holds_every_dark_module_inside_its_quiet_zone() {
        let code = QrCode::encode_text("otpauth://totp/x", QrCodeEcc::Medium).expect("encodes");
        let dark = (0..code.size())
            .flat_map(|y| (0..code.size()).map(move |x| (x, y)))
            .filter(|(x, y)| code.get_module(*x, *y))
            .count();
        let svg = svg("otpauth://totp/x").expect("encodes");
        assert_eq!(svg.matches("h1v1h-1z").count(), dark);
        assert!(
            svg.contains("M4,4h1"),
            "the corner stands behind four modules"
        );
        assert!(svg.contains(&format!("0 0 {0} {0}", code.size() + 8)));
    }
}
