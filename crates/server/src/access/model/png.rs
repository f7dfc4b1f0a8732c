//! A logo: a PNG of which only what makes the picture is kept; pure.

const SIGNATURE: &[u8; 8] = b"\x89PNG\r\n\x1a\n";
pub const LOGO_BYTES_MAX: usize = 100 * 1024;
const SIDE_PIXELS_MAX: u32 = 1_024;
/// Chunks that make the picture; words, profiles and whatever else travels along are left out.
const KEPT: [&[u8; 4]; 5] = [b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"];

/// The picture without anything beside it; none when the bytes are no whole PNG of a logo's size.
pub fn cleaned(bytes: &[u8]) -> Option<Vec<u8>> {
    if bytes.len() > LOGO_BYTES_MAX {
        return None;
    }
    let mut rest = bytes.strip_prefix(SIGNATURE)?;
    let mut out = SIGNATURE.to_vec();
    let mut first = true;
    loop {
        let length = usize::try_from(u32::from_be_bytes(rest.get(..4)?.try_into().ok()?)).ok()?;
        let chunk = rest.get(..length.checked_add(12)?)?;
        let (kind, data) = (&chunk[4..8], &chunk[8..8 + length]);
        if first != (kind == b"IHDR") {
            return None;
        }
        if first && !sized(data) {
            return None;
        }
        first = false;
        rest = &rest[chunk.len()..];
        if KEPT.iter().any(|kept| kept.as_slice() == kind) {
            out.extend_from_slice(chunk);
        } else if kind[0].is_ascii_uppercase() {
            // A chunk that a reader must understand, and we don't.
            return None;
        }
        if kind == b"IEND" {
            return rest.is_empty().then_some(out);
        }
    }
}

fn sized(header: &[u8]) -> bool {
    let side = |at: usize| {
        header
            .get(at..at + 4)
            .and_then(|bytes| bytes.try_into().ok())
            .map(u32::from_be_bytes)
    };
    let fits = |side: Option<u32>| side.is_some_and(|n| (1..=SIDE_PIXELS_MAX).contains(&n));
    header.len() == 13 && fits(side(0)) && fits(side(4))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
        let length = u32::try_from(data.len()).expect("short").to_be_bytes();
        [&length, kind.as_slice(), data, &[0; 4]].concat()
    }

    fn header(width: u32) -> Vec<u8> {
        let data = [&width.to_be_bytes()[..], &[0, 0, 0, 9, 8, 6, 0, 0, 0]].concat();
        chunk(b"IHDR", &data)
    }

    fn png(chunks: &[Vec<u8>]) -> Vec<u8> {
        [SIGNATURE.as_slice(), &chunks.concat()].concat()
    }

    #[test]
    fn only_the_picture_is_kept() {
        let (ihdr, idat, iend) = (header(9), chunk(b"IDAT", b"x"), chunk(b"IEND", b""));
        let text = chunk(b"tEXt", b"Author\0someone");
        let plain = png(&[ihdr.clone(), idat.clone(), iend.clone()]);
        assert_eq!(cleaned(&plain).as_ref(), Some(&plain));
        let wordy = png(&[ihdr, text, idat, iend]);
        assert_eq!(cleaned(&wordy), Some(plain));
    }

    #[test]
    fn what_is_no_whole_logo_is_refused() {
        let (idat, iend) = (chunk(b"IDAT", b"x"), chunk(b"IEND", b""));
        let cases: [(&str, Vec<u8>); 7] = [
            ("empty", Vec::new()),
            ("svg", b"<svg onload='x'/>".to_vec()),
            (
                "too wide",
                png(&[header(2_000), idat.clone(), iend.clone()]),
            ),
            ("no header", png(&[idat.clone(), iend.clone()])),
            ("cut off", png(&[header(9), idat.clone()])),
            (
                "something behind",
                [
                    png(&[header(9), idat.clone(), iend.clone()]),
                    b"<script>".to_vec(),
                ]
                .concat(),
            ),
            (
                "an unknown chunk",
                png(&[header(9), chunk(b"EVIL", b""), idat, iend]),
            ),
        ];
        for (what, bytes) in cases {
            assert_eq!(cleaned(&bytes), None, "{what}");
        }
        let huge = chunk(b"IDAT", &vec![0; LOGO_BYTES_MAX]);
        assert_eq!(cleaned(&png(&[header(9), huge, chunk(b"IEND", b"")])), None);
    }
}
