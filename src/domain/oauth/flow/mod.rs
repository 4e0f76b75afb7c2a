//! One authorization request in progress: from the application to its answer, over as many pages as it takes.

mod answer;
mod begin;
mod choose;
mod consent;
mod current;
mod grant;
mod hint;
mod pending;
mod preview;
mod registered;
mod resume;
mod state;
mod steps;
mod wrapping;

pub use answer::{AuthorizationResponse, Progress};
pub use begin::BeginAuthorization;
pub(super) use begin::understand;
pub use choose::{ChooseAccount, Chosen};
pub use consent::{AnswerConsent, Api, ConsentView, ScopeWords, ShowConsent, in_words};
pub use preview::{Application, Preview, PreviewFlow, origin};
pub use registered::NoteRegistration;
pub use resume::ResumeAuthorization;
pub use state::{Binding, Flow};
pub use steps::{Next, STEPS, Standing, Step, next};
pub use wrapping::Wrapping;
