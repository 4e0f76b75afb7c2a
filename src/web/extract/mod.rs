//! What a handler is given: who calls, from which browser, and the parameters, read strictly.

mod body;
mod call;
mod cookies;
mod document;
mod forgery;
mod json;
mod params;
mod path_name;
mod percent;
mod possession;
mod visitor;

pub use body::discard;
pub use call::{Call, bearer};
pub use cookies::CookieNames;
pub use forgery::{Form, judge_form};
pub use json::{Fields, FromFields, Json, JsonObject};
pub use params::{FormBody, Params, Query};
pub use path_name::PathName;
pub use possession::Shown;
pub use visitor::Visitor;
