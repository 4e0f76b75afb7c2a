//! What a request brings to show that its sender holds something, and what it comes to.

use std::time::Duration;

use keys::Certificate;

use super::{
    nonce::Nonces,
    proof::{self, Expected, Proof},
};
use keys::Algorithm;

use crate::{
    app::App,
    domain::oauth::confirmation::{Possession, Thumbprint},
    kernel::{CertificateChain, Code, Refusal, Result, Tenant, Time, secret::Secret},
};

/// How long a proof is remembered beyond its end, for nodes whose clocks differ, in seconds.
const AFTER_END: f64 = 15.0;

/// What a request brings, and its connection. Nothing of it is believed yet.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// The certificate that the connection was made with (RFC 8705).
    pub certificate: Option<CertificateChain>,
    /// The one value of the header `DPoP`.
    pub proof: Option<Secret>,
    /// The method of the request.
    pub method: String,
    /// Its path, below the issuer.
    pub path: String,
}

/// What was shown, and what is left to do about it.
#[derive(Debug)]
pub struct Proved {
    /// What the sender holds.
    pub held: Possession,
    /// What the proof is signed with, if there is one.
    pub algorithm: Option<Algorithm>,
    /// Name of the proof in the store, and for how long it has to be remembered.
    used: Option<(String, Duration)>,
}

impl Evidence {
    /// The same without the proof, where it does not count.
    #[must_use]
    pub fn without_proof(&self) -> Self {
        Self { proof: None, ..self.clone() }
    }

    /// Judges everything that needs no store. `access_token`: the one that came under the scheme `DPoP`, if one did.
    ///
    /// # Errors
    /// `InvalidDpopProof`; `UseDpopNonce` where the settings ask for a nonce and the proof has none that is good (RFC 9449 §8).
    pub fn judge(
        &self,
        app: &App,
        tenant: &Tenant,
        access_token: Option<&str>,
        now: Time,
    ) -> std::result::Result<Proved, Refusal> {
        let x5t_s256 = self.certificate.as_ref().and_then(|chain| thumbprint(chain, now));
        let Some(text) = &self.proof else {
            return Ok(Proved { held: Possession { jkt: None, x5t_s256 }, algorithm: None, used: None });
        };
        // The endpoint by each of its names (RFC 8705 §5).
        let addresses = [Some(tenant.url(&self.path)), app.config.mtls.alias(tenant, &self.path)];
        let addresses: Vec<String> = addresses.into_iter().flatten().collect();
        let ttl = app.config.dpop.proof_ttl.std();
        let expected = Expected { method: &self.method, addresses: &addresses, access_token, ttl, now };
        let proof =
            proof::judge(text.expose(), &expected).map_err(|flaw| Code::InvalidDpopProof.because(flaw.to_string()))?;
        let fresh = proof.nonce.as_deref().is_some_and(|nonce| Nonces::of(app, tenant).is_good(nonce, now));
        if app.config.dpop.nonces && !fresh {
            return Err(
                Code::UseDpopNonce.because("the DPoP proof has to hold the nonce of this answer's DPoP-Nonce header")
            );
        }
        let used = Some((name(tenant, &proof), remembered(&proof, now)));
        let held = Possession { jkt: Some(proof.jkt), x5t_s256 };
        Ok(Proved { held, algorithm: Some(proof.algorithm), used })
    }
}

impl Proved {
    /// Asserts that the proof was never used before, here or at another node (RFC 9449 §11.1). Call it where the request is known
    /// to come of a client or with a token of ours: strangers are not to fill the store.
    ///
    /// # Errors
    /// `InvalidDpopProof` for every use but the first.
    pub async fn once(&self, app: &App) -> Result<()> {
        if let Some((name, remembered)) = &self.used
            && !app.ephemeral.claim(name, *remembered).await?
        {
            return Err(Code::InvalidDpopProof.because("the DPoP proof was used before (jti)").into());
        }
        Ok(())
    }
}

/// The certificate as tokens are bound to it (RFC 8705 §3.1), whoever issued it (§4). One that is expired, or not for clients, is as
/// good as none.
fn thumbprint(chain: &CertificateChain, now: Time) -> Option<Thumbprint> {
    let judged = Certificate::parse(chain.certificates()).and_then(|certificate| {
        certificate.judge(now)?;
        Ok(Thumbprint::of_digest(certificate.thumbprint()))
    });
    judged.map_err(|why| tracing::debug!(%why, "a client's certificate does not count")).ok()
}

/// One key's `jti` does not stand in another's way, and none is kept as it is: its length is the client's choice.
fn name(tenant: &Tenant, proof: &Proof) -> String {
    let own = Secret::new(format!("{} {}", proof.jkt, proof.jti)).digest().hex();
    format!("dpop:{}:{own}", tenant.id.uuid().simple())
}

/// How long a used proof has to be remembered: until nobody would believe it any more.
fn remembered(proof: &Proof, now: Time) -> Duration {
    let left = proof.good_until - now.timestamp() as f64 + AFTER_END;
    Duration::from_secs_f64(left.clamp(1.0, 3600.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_used_proof_is_remembered_until_it_is_worthless() {
        let now = Time::from_timestamp(1_700_000_000, 0).unwrap();
        let proof = |left: f64| Proof {
            jkt: Thumbprint::of_digest([1; 32]),
            algorithm: Algorithm::ES256,
            jti: "1".into(),
            nonce: None,
            good_until: 1_700_000_000.0 + left,
        };
        assert_eq!(remembered(&proof(60.0), now), Duration::from_secs(75));
        assert_eq!(remembered(&proof(-20.0), now), Duration::from_secs(1));
        assert_eq!(remembered(&proof(1e12), now), Duration::from_secs(3600));
    }
}
