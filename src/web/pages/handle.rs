//! An address in an address: what was typed on one page, sealed, so that the next one can say it after a redirect. Good
//! in the same browser only, and readable by nobody else.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{
    kernel::{Fault, Result},
    web::extract::Visitor,
};

/// The longest text that is carried: an address has at most 254 bytes.
const MOST: usize = 320;

/// Seals an address, as typed.
pub fn seal(visitor: &Visitor, typed: &str) -> Result<String> {
    let kept = typed.get(..typed.len().min(MOST)).unwrap_or_default();
    let sealed = visitor.app.master.seal(kept.as_bytes(), &context(visitor));
    Ok(URL_SAFE_NO_PAD.encode(sealed.map_err(|error| Fault::broken_by("an address cannot be sealed", error))?))
}

/// What was sealed, if it was sealed for this browser.
pub fn open(visitor: &Visitor, handle: &str) -> Option<String> {
    let sealed = URL_SAFE_NO_PAD.decode(handle).ok()?;
    let opened = visitor.app.master.open(&sealed, &context(visitor)).ok()?;
    String::from_utf8(opened.to_vec()).ok()
}

fn context(visitor: &Visitor) -> String {
    format!("address of {}", visitor.browser.digest().hex())
}
