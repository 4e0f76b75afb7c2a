//! A request that a person decides elsewhere, and the judgment of a client that asks how it stands.

use serde::{Deserialize, Serialize};

use crate::{
    domain::oauth::refresh::Authentication,
    kernel::{
        Time,
        details::Details,
        device::Device,
        id::{ClientId, DecoupledId, TenantId, UserId},
        scope::Scopes,
    },
};

/// How a request was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// By a device that shows a code (RFC 8628).
    Device,
    /// By a client that knows whom to ask (OpenID CIBA Core).
    Backchannel,
}

impl Kind {
    /// Every kind.
    pub const ALL: &[Self] = &[Self::Device, Self::Backchannel];

    /// As rows hold it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Backchannel => "backchannel",
        }
    }

    /// The kind of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}

/// Where a request came from, as the person who decides is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The network address.
    pub address: Option<String>,
    /// The device by the name people know: "Firefox on Linux".
    pub device: String,
}

impl Origin {
    /// The origin that a caller shows.
    pub fn of(device: &Device) -> Self {
        Self { address: device.address.map(|address| address.to_string()), device: device.name() }
    }
}

/// One request.
#[derive(Debug, Clone)]
pub struct Request {
    /// Identifier.
    pub id: DecoupledId,
    /// The tenant.
    pub tenant: TenantId,
    /// How it was asked.
    pub kind: Kind,
    /// Who asks.
    pub client: ClientId,
    /// The one person who can decide; whoever knows the code, where it is none.
    pub person: Option<UserId>,
    /// What for.
    pub scope: Scopes,
    /// What access tokens are to be for, by URI.
    pub resources: Vec<String>,
    /// Authorization details.
    pub details: Details,
    /// Whether some of them are allowed for this once.
    pub once: bool,
    /// From where.
    pub origin: Origin,
    /// What the person is to see at the client as well, so that they know what they decide (OpenID CIBA Core §7.1).
    pub binding_message: Option<String>,
    /// How it stands.
    pub state: State,
    /// When it was asked.
    pub created_at: Time,
    /// Until when it can be decided and collected.
    pub expires_at: Time,
}

/// How a request stands.
#[derive(Debug, Clone, PartialEq)]
pub enum State {
    /// Nobody has decided.
    Pending,
    /// Somebody allowed it.
    Allowed(Decision),
    /// Somebody refused it.
    Denied,
    /// It was allowed, and the client has its tokens.
    Spent,
}

/// Who allowed a request, in which sign-in.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// Who.
    pub user: UserId,
    /// How and when they had signed in.
    pub authentication: Authentication,
}

/// What a client that asks how its request stands is to be told.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict<'a> {
    /// It is somebody else's, or its tokens were given out.
    Foreign,
    /// Nobody decided in time, or nobody came for the tokens.
    Expired,
    /// No.
    Denied,
    /// Not yet.
    Pending,
    /// Yes.
    Allowed(&'a Decision),
}

impl Request {
    /// Judges the question of `client` (RFC 8628 §3.5). Only its own client learns anything of a request.
    pub fn judge(&self, client: ClientId, now: Time) -> Verdict<'_> {
        if self.client != client {
            return Verdict::Foreign;
        }
        match &self.state {
            State::Spent => Verdict::Foreign,
            State::Denied => Verdict::Denied,
            State::Pending | State::Allowed(_) if self.expires_at <= now => Verdict::Expired,
            State::Pending => Verdict::Pending,
            State::Allowed(decision) => Verdict::Allowed(decision),
        }
    }

    /// Whether somebody can still decide it.
    pub fn is_open(&self, now: Time) -> bool {
        self.state == State::Pending && self.expires_at > now
    }

    /// Whether this person may decide it.
    pub fn is_for(&self, person: UserId) -> bool {
        self.person.is_none_or(|one| one == person)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::kernel::{Clock, assurance::Method, id::SessionId};

    fn request(state: State) -> (Request, Time) {
        let now = Clock::System.now();
        let request = Request {
            id: DecoupledId::fresh(),
            tenant: TenantId::fresh(),
            kind: Kind::Device,
            client: ClientId::fresh(),
            person: None,
            scope: Scopes::default(),
            resources: Vec::new(),
            details: Details::default(),
            once: false,
            origin: Origin { address: None, device: "TV".into() },
            binding_message: None,
            state,
            created_at: now,
            expires_at: now + TimeDelta::minutes(10),
        };
        (request, now)
    }

    fn decision() -> Decision {
        let authentication = Authentication {
            at: Clock::System.now(),
            methods: vec![Method::Password],
            session: SessionId::fresh(),
            claims: Default::default(),
            epoch: Default::default(),
            ds_hash: None,
        };
        Decision { user: UserId::fresh(), authentication }
    }

    #[test]
    fn its_own_client_learns_how_it_stands() {
        let decision = decision();
        for (state, verdict, later) in [
            (State::Pending, Verdict::Pending, Verdict::Expired),
            (State::Allowed(decision.clone()), Verdict::Allowed(&decision), Verdict::Expired),
            (State::Denied, Verdict::Denied, Verdict::Denied),
            (State::Spent, Verdict::Foreign, Verdict::Foreign),
        ] {
            let open = state == State::Pending;
            let (request, now) = request(state);
            assert_eq!(request.judge(request.client, now), verdict);
            assert_eq!(request.judge(request.client, request.expires_at), later);
            assert_eq!(request.judge(ClientId::fresh(), now), Verdict::Foreign, "another client learns nothing");
            assert_eq!((request.is_open(now), request.is_open(request.expires_at)), (open, false));
        }
    }

    #[test]
    fn a_person_who_was_named_is_the_one_who_decides() {
        let (device, _) = request(State::Pending);
        let (one, other) = (UserId::fresh(), UserId::fresh());
        let named = Request { kind: Kind::Backchannel, person: Some(one), ..device.clone() };
        assert!(device.is_for(one) && device.is_for(other));
        assert!(named.is_for(one) && !named.is_for(other));
    }

    #[test]
    fn kinds_are_read_back() {
        for kind in Kind::ALL {
            assert_eq!(Kind::named(kind.name()), Some(*kind));
        }
        assert_eq!(Kind::named("letter"), None);
    }
}
