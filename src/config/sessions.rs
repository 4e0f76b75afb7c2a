//! How long a person stays signed in.

use super::objections::Objections;
use super::section::{Judged, section};
use super::values::Span;

section! {
    /// How long people stay signed in, in the browser and through the JSON API.
    pub struct Sessions as "sessions" {
        /// A browser session ends after so long without a request.
        idle: Span = Span::days(14),
        /// A browser session ends so long after sign-in, whatever happens.
        absolute: Span = Span::days(30),
        /// A session of the JSON API ends after so long without a refresh.
        api_idle: Span = Span::days(30),
        /// A session of the JSON API ends so long after sign-in, whatever happens.
        api_absolute: Span = Span::days(90),
        /// How stale "last seen" may be. A smaller value writes more often.
        touch_every: Span = Span::secs(60),
    }
}

impl Judged for Sessions {
    fn judge(&self, objections: &mut Objections) {
        objections.at_least(&["idle"], self.idle, Span::minutes(1));
        objections.at_least(&["api_idle"], self.api_idle, Span::minutes(1));
        let why = |limit: Span| format!("must not be shorter than the idle time ({limit})");
        objections.unless(self.idle <= self.absolute, &["absolute", "idle"], why(self.idle));
        objections.unless(self.api_idle <= self.api_absolute, &["api_absolute", "api_idle"], why(self.api_idle));
        let touched_in_time = self.touch_every < self.idle && self.touch_every < self.api_idle;
        let why = "must be shorter than sessions.idle and sessions.api_idle, or sessions in use would end";
        objections.unless(touched_in_time, &["touch_every", "idle", "api_idle"], why);
    }
}
