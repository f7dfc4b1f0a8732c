//! Chunks of a segment, chained by digest: none can be left out, changed or put elsewhere without the head showing it. Pure.

use proof::digest::sha256;

use super::RecordingId;

/// SHA-256.
pub type Link = [u8; 32];

/// What stands before a segment's first chunk.
pub fn first(recording: &RecordingId, segment: i64) -> Link {
    sha256(format!("xiaobao/segment/v1{recording}/{segment}").as_bytes())
}

/// The head once a chunk of this digest was put behind the one before.
pub fn next(before: &Link, chunk: &Link) -> Link {
    let mut bytes = b"xiaobao/chunk/v1".to_vec();
    bytes.extend(before);
    bytes.extend(chunk);
    sha256(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_tells_recording_segment_bytes_and_order() {
        let one = RecordingId::stored("rec_00000000000000000000000001".into());
        let two = RecordingId::stored("rec_00000000000000000000000002".into());
        let (a, b) = (sha256(b"a"), sha256(b"b"));
        let head = |id, segment, chunks: &[Link]| {
            let first = first(id, segment);
            chunks.iter().fold(first, |head, chunk| next(&head, chunk))
        };
        let right = head(&one, 1, &[a, b]);
        assert_eq!(right, head(&one, 1, &[a, b]));
        for other in [
            head(&two, 1, &[a, b]),
            head(&one, 2, &[a, b]),
            head(&one, 1, &[b, a]),
            head(&one, 1, &[a]),
            head(&one, 1, &[a, b, b]),
        ] {
            assert_ne!(right, other);
        }
        // By hand: printf with the bytes above, and sha256sum.
        assert_eq!(proof::hex::encode(&first(&one, 1)), VECTOR,);
    }

    const VECTOR: &str = "52bd46ac75bdef643dde830adb532b157b0b66adbb86143af3eeb019765d6a45";
}
