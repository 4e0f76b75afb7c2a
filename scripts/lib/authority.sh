# A certificate authority of the tests' own, and one certificate of it for everything on this machine. Call it inside a scratch.

# make_authority: sets AUTHORITY (the authority's certificate), CERTIFICATE and CERTIFICATE_KEY (for localhost and 127.0.0.1), all PEM files.
make_authority() {
  have openssl || install_packages "the tests over TLS" openssl
  AUTHORITY=$SCRATCH/authority.pem CERTIFICATE=$SCRATCH/localhost.pem CERTIFICATE_KEY=$SCRATCH/localhost.key
  local key=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
  {
    openssl req -x509 -days 2 "${key[@]}" -keyout "$SCRATCH/authority.key" -out "$AUTHORITY" -subj "/CN=Authority of Signet's tests" \
      -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign &&
      openssl req "${key[@]}" -keyout "$CERTIFICATE_KEY" -out "$SCRATCH/localhost.csr" -subj "/CN=localhost" &&
      printf '%s\n' 'subjectAltName=DNS:localhost,IP:127.0.0.1' 'extendedKeyUsage=serverAuth' >"$SCRATCH/localhost.ext" &&
      openssl x509 -req -days 2 -in "$SCRATCH/localhost.csr" -CA "$AUTHORITY" -CAkey "$SCRATCH/authority.key" -CAcreateserial \
        -extfile "$SCRATCH/localhost.ext" -out "$CERTIFICATE"
  } >"$SCRATCH/openssl.log" 2>&1 || {
    cat "$SCRATCH/openssl.log" >&2
    return 1
  }
}
