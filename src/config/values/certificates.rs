//! Certificates in PEM.

use super::setting::Setting;

/// One or more certificates in PEM; read where they are used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Certificates(String);

impl Certificates {
    /// The PEM text.
    pub fn pem(&self) -> &str {
        &self.0
    }
}

impl Setting for Certificates {
    const FROM_FILE: bool = true;

    fn kind() -> String {
        "PEM certificates".into()
    }

    fn parse(text: &str) -> Result<Self, String> {
        if !text.contains("-----BEGIN CERTIFICATE-----") {
            return Err("must hold certificates in PEM".into());
        }
        Ok(Self(text.to_owned()))
    }

    fn shown(&self) -> String {
        let count = self.0.matches("-----BEGIN CERTIFICATE-----").count();
        format!("({count} in PEM)")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_pem_is_taken() {
        let pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert_eq!(Certificates::parse(pem).unwrap().shown(), "(1 in PEM)");
        assert!(Certificates::parse("/etc/ca.pem").is_err());
        assert!(Certificates::parse("").is_err());
    }
}
