//! Who is asking, from where, in which request.

use std::sync::Arc;

use super::{
    assurance::Method,
    certificate::CertificateChain,
    clock::Time,
    device::Device,
    id::{RequestId, SessionId, UserId},
    tenant::Tenant,
};

/// Who asks for an operation.
#[derive(Debug, Clone)]
pub enum Who {
    /// Nobody in particular.
    Nobody,
    /// A person with a live session.
    Person(Box<Principal>),
    /// Whoever may run commands on this machine.
    Operator,
    /// The service itself, by the clock.
    Job,
}

/// A signed-in person, as their session vouches for them.
#[derive(Debug, Clone)]
pub struct Principal {
    /// The person.
    pub user: UserId,
    /// The session they act in.
    pub session: SessionId,
    /// When they last proved who they are (`auth_time`).
    pub authenticated_at: Time,
    /// How (`amr`).
    pub methods: Vec<Method>,
}

/// The caller of one operation.
#[derive(Debug, Clone)]
pub struct Caller {
    /// At whose door.
    pub tenant: Arc<Tenant>,
    /// Who asks.
    pub who: Who,
    /// From which device.
    pub device: Device,
    /// What the connection was made with, if the client showed a certificate (RFC 8705).
    pub certificate: Option<CertificateChain>,
    /// In which request; logs, audit rows and error pages carry it.
    pub request: RequestId,
}

impl Caller {
    /// Someone unknown.
    pub fn nobody(tenant: Arc<Tenant>, device: Device, request: RequestId) -> Self {
        Self { tenant, who: Who::Nobody, device, certificate: None, request }
    }

    /// The command line.
    pub fn operator(tenant: Arc<Tenant>) -> Self {
        Self { who: Who::Operator, ..Self::nobody(tenant, Device::default(), RequestId::fresh()) }
    }

    /// The service's own clockwork.
    pub fn job(tenant: Arc<Tenant>) -> Self {
        Self { who: Who::Job, ..Self::nobody(tenant, Device::default(), RequestId::fresh()) }
    }

    /// The person, if one is signed in.
    pub fn person(&self) -> Option<&Principal> {
        match &self.who {
            Who::Person(principal) => Some(principal),
            _ => None,
        }
    }
}
