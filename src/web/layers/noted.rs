//! What is learned about a request on its way, for the log line and the answer's headers.

use std::sync::{
    Mutex, OnceLock, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use axum::http::HeaderValue;

use crate::{domain::oauth::token::Scheme, kernel::id::UserId};

/// A slip of paper that travels with one request.
#[derive(Debug, Default)]
pub struct Noted {
    user: OnceLock<UserId>,
    client: OnceLock<String>,
    cookies: Mutex<Vec<HeaderValue>>,
    presented: OnceLock<Scheme>,
    dpop_nonce: OnceLock<HeaderValue>,
    receiving: AtomicBool,
    origin_may_read: AtomicBool,
    opener_kept: AtomicBool,
}

impl Noted {
    /// Notes who is signed in, for the log.
    pub fn user(&self, user: UserId) {
        let _ = self.user.set(user); // the first one stays
    }

    /// Notes which client asks, for the log: its `client_id` once it is known to exist.
    pub fn client(&self, client_id: &str) {
        let _ = self.client.set(client_id.to_owned()); // the first one stays
    }

    /// Notes under which scheme an access token came, or may come: the shape of a refusal follows it.
    pub fn presented_by(&self, scheme: Scheme) {
        let _ = self.presented.set(scheme); // the first one stays
    }

    /// Sends the nonce for the next proof with the answer, whatever the answer will be (RFC 9449 §8, §8.2).
    pub fn give_dpop_nonce(&self, nonce: HeaderValue) {
        let _ = self.dpop_nonce.set(nonce); // the first one stays
    }

    /// Sends a cookie with the answer, whatever the answer will be.
    pub fn send_cookie(&self, cookie: HeaderValue) {
        self.cookies.lock().unwrap_or_else(PoisonError::into_inner).push(cookie);
    }

    /// Lets scripts of the request's origin read the answer of an endpoint with [`super::super::Cors::Registered`]:
    /// call it when the client that asks has registered that origin.
    pub fn let_origin_read(&self) {
        self.origin_may_read.store(true, Ordering::Relaxed);
    }

    /// Leaves the answer and the window that opened it in touch, where an application may have opened the sign-in as a popup:
    /// call it when an authorization request is in progress, and at no other time.
    pub fn keep_opener(&self) {
        self.opener_kept.store(true, Ordering::Relaxed);
    }

    /// Notes whether the body is still on its way: a request that is late then is the sender's fault (408), else ours
    /// (503).
    pub(in crate::web) fn receiving(&self, yes: bool) {
        self.receiving.store(yes, Ordering::Relaxed);
    }

    pub(super) fn known_user(&self) -> Option<UserId> {
        self.user.get().copied()
    }

    pub(super) fn known_client(&self) -> Option<&str> {
        self.client.get().map(String::as_str)
    }

    pub(super) fn presented(&self) -> Option<Scheme> {
        self.presented.get().copied()
    }

    pub(super) fn dpop_nonce(&self) -> Option<&HeaderValue> {
        self.dpop_nonce.get()
    }

    pub(super) fn cookies(&self) -> Vec<HeaderValue> {
        std::mem::take(&mut *self.cookies.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn is_receiving(&self) -> bool {
        self.receiving.load(Ordering::Relaxed)
    }

    pub(super) fn keeps_opener(&self) -> bool {
        self.opener_kept.load(Ordering::Relaxed)
    }

    pub(super) fn may_origin_read(&self) -> bool {
        self.origin_may_read.load(Ordering::Relaxed)
    }
}
