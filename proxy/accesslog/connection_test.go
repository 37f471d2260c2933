package accesslog

import (
	"net/netip"
	"testing"
	"time"
)

// TestConnection is CF-CLOG-01 and CF-CLOG-02: the fields in their order.
func TestConnection(t *testing.T) {
	c := Connection{
		Began: time.Date(2026, 7, 1, 12, 0, 0, 5e6, time.UTC), ID: "c1", Remote: netip.MustParseAddrPort("192.0.2.9:40000"),
		Local: netip.MustParseAddrPort("[2001:db8::1]:443"), Distribution: "E1", TLSVersion: "TLSv1.3", TLSCipher: "TLS_AES_128_GCM_SHA256",
		Took: 1999 * time.Microsecond, ServerName: "shop.test", SerialNumber: "4a:3f", Subject: `CN=a"\0A`, Issuer: "CN=b", Validity: "NotBefore=x;NotAfter=y",
	}
	const want = `{"eventTimestamp":"2026-07-01T12:00:00.005Z","connectionId":"c1","connectionStatus":"Success","clientIp":"192.0.2.9","clientPort":40000,` +
		`"serverIp":"2001:db8::1","distributionId":"E1","distributionTenantId":"-","tlsProtocol":"TLSv1.3","tlsCipher":"TLS_AES_128_GCM_SHA256",` +
		`"tlsHandshakeDuration":1,"tlsSni":"shop.test","clientLeafCertSerialNumber":"4a:3f","clientLeafCertSubject":"CN=a\"\\0A",` +
		`"clientLeafCertIssuer":"CN=b","clientLeafCertValidity":"NotBefore=x;NotAfter=y","connectionLogCustomData":"-"}` + "\n"
	if got := string(c.Append(nil)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	refused := Connection{ID: "c2", Failure: "ClientCertMissing", Remote: c.Remote, Local: c.Local, Distribution: "E1"}
	const wantRefused = `{"eventTimestamp":"0001-01-01T00:00:00.000Z","connectionId":"c2","connectionStatus":"Failed:ClientCertMissing","clientIp":"192.0.2.9","clientPort":40000,` +
		`"serverIp":"2001:db8::1","distributionId":"E1","distributionTenantId":"-","tlsProtocol":"-","tlsCipher":"-","tlsHandshakeDuration":0,"tlsSni":"-",` +
		`"clientLeafCertSerialNumber":"-","clientLeafCertSubject":"-","clientLeafCertIssuer":"-","clientLeafCertValidity":"-","connectionLogCustomData":"-"}` + "\n"
	if got := string(refused.Append([]byte{})); got != wantRefused {
		t.Errorf("got  %s\nwant %s", got, wantRefused)
	}
}
