# Builds the service. One profile for serving, linting and testing, so that nothing is compiled twice.

PROFILE=${SIGNET_PROFILE:-dev}
case "$PROFILE" in
  dev) PROFILE_DIR=debug ;;
  *) PROFILE_DIR=$PROFILE ;;
esac
TARGET_DIR=${CARGO_TARGET_DIR:-$ROOT/target}
# shellcheck disable=SC2034 # read by the other parts
SIGNET=$TARGET_DIR/$PROFILE_DIR/signet

# The service refuses settings it does not know, and this one is ours.
unset SIGNET_PROFILE

need_rust() {
  have cargo || PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
  have cargo || fail "the Rust toolchain is missing: install it with rustup (stable, 1.94 or newer), then run this again."
}

build_service() {
  need_rust
  need_build_tools
  step "cargo build --profile $PROFILE (SIGNET_PROFILE=release builds optimized)"
  cargo build --locked --profile "$PROFILE" --bin signet
}
