//! Ring 0: the words of the service. Pure values and rules; nothing here touches the outside world.

pub mod assurance;
pub mod backoff;
pub mod caller;
pub mod certificate;
pub mod clock;
pub mod details;
pub mod device;
pub mod email;
pub mod error;
pub mod event;
pub mod fault;
pub mod id;
pub mod mac;
pub mod refusal;
pub mod scope;
pub mod secret;
pub mod tenant;
pub mod text;

pub use caller::{Caller, Principal, Who};
pub use certificate::CertificateChain;
pub use clock::{Clock, Time};
pub use error::{Error, Result};
pub use event::{Event, Fact};
pub use fault::Fault;
pub use refusal::{Code, Refusal};
pub use tenant::Tenant;
