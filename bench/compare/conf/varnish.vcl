vcl 4.1;
# Varnish always writes its log to shared memory; nothing reads it here.
backend default { .host = "127.0.0.1"; .port = "@port:origin@"; }
sub vcl_recv {
  if (req.url ~ "^/p/") { return (pass); }
  return (hash);
}
sub vcl_deliver {
  if (obj.hits > 0) { set resp.http.X-Cache = "Hit from cloudfront"; } else { set resp.http.X-Cache = "Miss from cloudfront"; }
  set resp.http.X-Amz-Cf-Pop = "FRA56-P1";
  set resp.http.X-Amz-Cf-Id = "P868LjLSGWIWhq9W4I3vQQt-ZsAlnTz-Eep3YFPfBRgcpCs" + req.xid;
}
