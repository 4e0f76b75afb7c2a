//! `/oauth2/…`
