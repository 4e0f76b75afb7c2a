# An authority for applications, and a certificate that it issues to one of them, in the current directory.
key="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc"
umask 077
openssl req -x509 $key -days 3650 -subj "/O=Example/CN=Authority for applications" \
  -addext basicConstraints=critical,CA:TRUE,pathlen:0 -addext keyUsage=critical,keyCertSign,cRLSign \
  -keyout authority.key -out authority.pem
openssl req $key -subj "/C=DE/O=Example/CN=Nightly report" -keyout report.key -out report.csr
printf '%s\n' basicConstraints=CA:FALSE keyUsage=critical,digitalSignature extendedKeyUsage=clientAuth \
  subjectAltName=URI:spiffe://example.com/report >report.ext
openssl x509 -req -in report.csr -CA authority.pem -CAkey authority.key -CAcreateserial -days 90 \
  -extfile report.ext -out report.pem
