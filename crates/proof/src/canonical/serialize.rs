//! A serde serializer that writes canonical bytes directly, so that no float,
//! not even NaN, can pass as something else.

use serde::ser::{self, Serialize};

use super::{CanonicalError as Error, MAX_DEPTH, MAX_INTEGER};

pub(super) fn to_vec<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, Error> {
    let mut out = Vec::new();
    value.serialize(Writer {
        out: &mut out,
        depth: 0,
    })?;
    Ok(out)
}

impl ser::Error for Error {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self::Custom(message.to_string())
    }
}

struct Writer<'a> {
    out: &'a mut Vec<u8>,
    depth: usize,
}

impl<'a> Writer<'a> {
    fn integer(self, value: i128) -> Result<(), Error> {
        if value.unsigned_abs() > u128::from(MAX_INTEGER.unsigned_abs()) {
            return Err(Error::IntegerRange);
        }
        self.out.extend_from_slice(value.to_string().as_bytes());
        Ok(())
    }

    fn deeper(&self) -> Result<usize, Error> {
        if self.depth >= MAX_DEPTH {
            return Err(Error::TooDeep);
        }
        Ok(self.depth + 1)
    }

    fn list(self, end: Vec<u8>) -> Result<List<'a>, Error> {
        let depth = self.deeper()?;
        self.out.push(b'[');
        Ok(List {
            out: self.out,
            depth,
            first: true,
            end,
        })
    }

    fn object(self, variant: Option<&str>) -> Result<Object<'a>, Error> {
        let mut depth = self.deeper()?;
        if let Some(name) = variant {
            self.out.push(b'{');
            write_string(self.out, name);
            self.out.push(b':');
            depth += 1;
        }
        Ok(Object {
            out: self.out,
            depth,
            members: Vec::new(),
            key: None,
            wrapped: variant.is_some(),
        })
    }
}

fn write_string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    for byte in text.bytes() {
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            0x08 => out.extend_from_slice(b"\\b"),
            0x09 => out.extend_from_slice(b"\\t"),
            0x0a => out.extend_from_slice(b"\\n"),
            0x0c => out.extend_from_slice(b"\\f"),
            0x0d => out.extend_from_slice(b"\\r"),
            0x00..0x20 => {
                out.extend_from_slice(b"\\u00");
                out.extend_from_slice(crate::hex::encode(&[byte]).as_bytes());
            }
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}

/// Arrays, tuples and tuple variants; `end` closes what was opened.
struct List<'a> {
    out: &'a mut Vec<u8>,
    depth: usize,
    first: bool,
    end: Vec<u8>,
}

impl List<'_> {
    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        if !std::mem::replace(&mut self.first, false) {
            self.out.push(b',');
        }
        value.serialize(Writer {
            out: self.out,
            depth: self.depth,
        })
    }

    fn close(self) {
        self.out.extend_from_slice(&self.end);
    }
}

/// Maps and structs: members are kept apart and sorted at the end.
struct Object<'a> {
    out: &'a mut Vec<u8>,
    depth: usize,
    members: Vec<(String, Vec<u8>)>,
    key: Option<String>,
    wrapped: bool,
}

impl Object<'_> {
    fn member<T: Serialize + ?Sized>(&mut self, key: String, value: &T) -> Result<(), Error> {
        let mut out = Vec::new();
        value.serialize(Writer {
            out: &mut out,
            depth: self.depth,
        })?;
        self.members.push((key, out));
        Ok(())
    }

    fn close(mut self) -> Result<(), Error> {
        self.members
            .sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
        if let Some(pair) = self.members.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(Error::DuplicateKey(pair[0].0.clone()));
        }
        self.out.push(b'{');
        for (number, (key, value)) in self.members.iter().enumerate() {
            if number > 0 {
                self.out.push(b',');
            }
            write_string(self.out, key);
            self.out.push(b':');
            self.out.extend_from_slice(value);
        }
        self.out.push(b'}');
        if self.wrapped {
            self.out.push(b'}');
        }
        Ok(())
    }
}

macro_rules! integers {
    ($($name:ident: $type:ty),*) => {
        $(fn $name(self, value: $type) -> Result<(), Error> {
            self.integer(i128::from(value))
        })*
    };
}

impl<'a> ser::Serializer for Writer<'a> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = List<'a>;
    type SerializeTuple = List<'a>;
    type SerializeTupleStruct = List<'a>;
    type SerializeTupleVariant = List<'a>;
    type SerializeMap = Object<'a>;
    type SerializeStruct = Object<'a>;
    type SerializeStructVariant = Object<'a>;

    integers!(
        serialize_i8: i8,
        serialize_i16: i16,
        serialize_i32: i32,
        serialize_i64: i64,
        serialize_i128: i128,
        serialize_u8: u8,
        serialize_u16: u16,
        serialize_u32: u32,
        serialize_u64: u64
    );

    fn serialize_u128(self, value: u128) -> Result<(), Error> {
        self.integer(i128::try_from(value).map_err(|_| Error::IntegerRange)?)
    }

    fn serialize_f32(self, _: f32) -> Result<(), Error> {
        Err(Error::Float)
    }

    fn serialize_f64(self, _: f64) -> Result<(), Error> {
        Err(Error::Float)
    }

    fn serialize_bool(self, value: bool) -> Result<(), Error> {
        self.out
            .extend_from_slice(if value { b"true" } else { b"false" });
        Ok(())
    }

    fn serialize_char(self, value: char) -> Result<(), Error> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<(), Error> {
        write_string(self.out, value);
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Error> {
        let mut list = self.list(vec![b']'])?;
        value.iter().try_for_each(|byte| list.item(byte))?;
        list.close();
        Ok(())
    }

    fn serialize_none(self) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Error> {
        self.out.extend_from_slice(b"null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), Error> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        let mut object = self.object(None)?;
        object.member(variant.to_owned(), value)?;
        object.close()
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<List<'a>, Error> {
        self.list(vec![b']'])
    }

    fn serialize_tuple(self, _: usize) -> Result<List<'a>, Error> {
        self.list(vec![b']'])
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<List<'a>, Error> {
        self.list(vec![b']'])
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<List<'a>, Error> {
        self.out.push(b'{');
        write_string(self.out, variant);
        self.out.push(b':');
        let depth = self.deeper()?;
        Writer {
            out: self.out,
            depth,
        }
        .list(vec![b']', b'}'])
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Object<'a>, Error> {
        self.object(None)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Object<'a>, Error> {
        self.object(None)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Object<'a>, Error> {
        self.object(Some(variant))
    }
}

macro_rules! list {
    ($($trait:ident::$method:ident),*) => {
        $(impl ser::$trait for List<'_> {
            type Ok = ();
            type Error = Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
                self.item(value)
            }

            fn end(self) -> Result<(), Error> {
                self.close();
                Ok(())
            }
        })*
    };
}

list!(
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field
);

macro_rules! fields {
    ($($trait:ident),*) => {
        $(impl ser::$trait for Object<'_> {
            type Ok = ();
            type Error = Error;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                key: &'static str,
                value: &T,
            ) -> Result<(), Error> {
                self.member(key.to_owned(), value)
            }

            fn end(self) -> Result<(), Error> {
                self.close()
            }
        })*
    };
}

fields!(SerializeStruct, SerializeStructVariant);

impl ser::SerializeMap for Object<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        // A key is written as a value first, then must turn out to be a string.
        let encoded = to_vec(key)?;
        let text = serde_json::from_slice(&encoded).map_err(|_| Error::KeyNotString)?;
        self.key = Some(text);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        let key = self.key.take().ok_or(Error::KeyNotString)?;
        self.member(key, value)
    }

    fn end(self) -> Result<(), Error> {
        self.close()
    }
}
