#!/usr/bin/env bash
# Does with curl what a person does in a browser: opens an address, signs in, allows what is asked, and shows where that ends.
#   docs/examples/person.sh URL EMAIL PASSWORD        The cookies stay in the file $COOKIES (default: ./person.cookies).
set -euo pipefail
url=$1 email=$2 password=$3 cookies=${COOKIES:-person.cookies}

browse() { curl -sS -L --cookie "$cookies" --cookie-jar "$cookies" -w '\n%{url_effective}' "$@"; }
field() { sed -n "s/.*name=\"$1\" value=\"\([^\"]*\)\".*/\1/p" <<<"$page" | head -n 1; }
send() { # send PATH name=value …: the page's form with its hidden fields, to the host the page came from
  local path=$1 data=()
  shift
  for pair in "csrf=$(field csrf)" "flow=$(field flow)" "$@"; do data+=(--data-urlencode "$pair"); done
  browse "${data[@]}" "$(sed -E 's#^(https?://[^/]+).*#\1#' <<<"${page##*$'\n'}")$path"
}

page=$(browse "$url")
for _ in 1 2 3 4; do
  case $page in
    *'id="login-submit"'*'id="problem"'* | *'id="problem"'*'id="login-submit"'*) break ;;
    *'id="login-submit"'*) page=$(send /login "username=$email" "password=$password") ;;
    *'id="consent-allow"'*) page=$(send /consent decision=allow) ;;
    *) break ;;
  esac
done
printf '%s\n' "$page" | sed '$s/^/→ /'
