// Package scenario specifies the edge's behavior by transcripts. A scenario
// is a txtar file: a configuration, and a script that says what the origins
// answer, what viewers ask and what everybody must have seen.
//
//	Freshness ends after max-age (CF-TTL-01).
//
//	-- config.yaml --
//	version: 1
//	distributions:
//	  shop:
//	    aliases: [shop.test]
//	    origins: {api: {domain_name: api.test}}
//	    default_cache_behavior: {target_origin_id: api, cache_policy_id: CachingOptimized}
//	-- script --
//	origin api GET /p -> 200 Cache-Control="max-age=60" body "hello"
//	viewer GET /p
//	expect 200 Miss body "hello" !Age
//	advance 59s
//	viewer GET /p
//	expect 200 Hit Age=59
//	origin api requests 1
//
// Every scenario runs over HTTP/1.1, HTTP/2 and HTTP/3, and over memory and a disk
// tier ("one body, every protocol, every store"). Over memory the stores are
// those of the configuration. Over disk there is a disk tier, and before each
// step what is stored leaves memory: every Hit is one of the disk. So it is
// over file, and all content is sent from its file as if it were large. A line
// "protocols: h1" or "stores: memory" in the text before the first file
// restricts it, for scenarios about bytes that only one protocol has, or about
// what leaves memory. HTTP/3 has https alone: URLs are what they say over the
// others, distributions that say nothing offer it, and origins that match the
// scheme of viewers get http. One that names http:// in a step,
// or signs URLs, does not run over it. It runs in a synctest bubble that begins at
// 2000-01-01T00:00:00Z, so time passes only where the script says so and an
// hour takes no time.
//
// What a shared cache must get right under many viewers, failures and restarts
// is listed in testdata/rows.txt. Scenarios cite its rows, as "row A1", and the
// specification's test vectors, as "TV-TTL-01"; none of either is without one.
//
// # The language
//
// A step is a line; lines that begin with a space continue it, and # begins a
// comment. Words are separated by spaces. Text stands in "quotes" with Go's
// escapes or in `backquotes`. x{300} stands for 300 times x, except in
// backquotes. A FIELD is Name=value, and in a check also Name~regexp, Name
// (is there) or !Name (is not there). The value now+60s of a field is the
// HTTP date of that time. A D is a duration such as 61s or 60s-1ms. Unknown
// words are errors.
//
//	origin NAME METHOD TARGET -> REPLY    what an origin of the configuration answers from now on
//	origin NAME gateway [OPTION=value...]
//	                                      it is an emulated API Gateway from now on (package standin):
//	                                      flavor=rest|http, api (its id), stage, shape=sam|localstack,
//	                                      domain (with base path), vpc_endpoint, secret (of X-Origin-Verify;
//	                                      several are valid at once), keys (that must have signed), api_key,
//	                                      quota (of that key, a day), allow and deny (address ranges),
//	                                      canary (percent), cors (an origin), error_cors (what
//	                                      DEFAULT_4XX says of one)
//	origin NAME refuses                   ... or that it refuses connections; or
//	                                      unresolvable, unreachable, mute (connects, and nothing
//	                                      that is sent gets there), answers (the default), or edge:
//	                                      this edge itself, as another tier of cache; its connections
//	                                      end at this
//	origin NAME forgets                   its connections stay, half open: what is sent over them is
//	                                      lost; new ones are as they were
//	origin NAME saw METHOD TARGET [FIELD...] [body CONTENT]
//	                                      its latest request was this one; a header of the PROXY
//	                                      protocol is its field PROXY, "v2 SOURCE DESTINATION"
//	origin NAME signed SERVICE REGION [by KEYID]
//	                                      ... and its signature is good
//	origin NAME requests N                its requests since the last such step, or the last
//	                                      that set an answer
//
//	viewer METHOD URL [HTTP/1.0] [over PROTOCOL] [from ADDRESS] [as AUTHORITY/VIEWER] [FIELD...]
//	       [body CONTENT | chunked CONTENT]
//	viewers N METHOD URL ... [on N connections]
//	                                      N viewers at once; they may share connections, but over HTTP/1.1
//	send CONTENT...                       bytes as they are on a connection of their own; h1 only
//	next                                  the next response on that connection
//	start NAME METHOD URL ... [unread] [beside NAME]
//	                                      a viewer that is not waited for, unread: and reads
//	                                      nothing before finish, beside: on another stream of
//	                                      that viewer's HTTP/2 or HTTP/3 connection;
//	received NAME CONTENT                 ... what it has of the content by now
//	received NAME INTERIM...              ... which interim responses it has by now
//	leave NAME                            ... it closes its connection, or resets its stream
//	finish NAME                           ... and now it is waited for
//	expect STATUS [RESULT] [FIELD...] [INTERIM...] [body CONTENT] [closed] [cut] [after D] [order "NAMES"]
//	                                      what the viewer, or each of the viewers, got, how
//	                                      long after its request the response ended, and the names of
//	                                      all fields in their order and spelling
//	tally [RESULT=N...]                   how many of the viewers got which X-Cache
//
//	handshake NAME [OFFER...] -> SETTLED  a handshake, for NAME or, with -, for no name, that offers one
//	                                      version, some suites by Go's names without TLS_, protocols, or
//	                                      what is usual, or, as AUTHORITY/VIEWER, a certificate of the
//	                                      viewer's; again: with the session of the one before.
//	                                      SETTLED is fails; or what counts of: certificate with its names,
//	                                      a version, a suite, a protocol; and resumed, if it is
//	issue NAME HOST... [rsa]              NAME.pem and NAME-key.pem of the folder are new ones, for hosts
//	revoke AUTHORITY [VIEWER...]          AUTHORITY.crl of the folder is a new list of these
//
//	advance D                             time passes
//	invalidate DISTRIBUTION PATH...       as the API does; a cache tag is "#tag", in quotes
//	reload FILE                           another configuration, or config.yaml, as a reload does
//	keys KEYID [for D] | keys none        the AWS credentials that the edge finds from now on, and
//	                                      how long they are valid then; at first AKIDEXAMPLE
//	overload LEVEL                        memory or processors are short from now on: normal, stop_filling,
//	                                      shed, only_hits, stop_accepting
//	restart                               the edge is killed, with its viewers, and started again
//	damage                                a byte of each response on disk changes
//	write NAME CONTENT                    a file of the folder is written
//	remove NAME                           a file of the folder is removed
//	log DISTRIBUTION NAME=value...        fields of the latest line of the access log
//	record PATH NAME=value...             fields of the latest log record that a web ACL has written to
//	                                      PATH; what is no string is compared as JSON
//	solve                                 the puzzle of the page that the viewer got is solved: {token} in
//	                                      a field of a request stands for the token from now on
//	sign URL for D|until SECONDS [by KEY] [SHA256]
//	sign policy CONTENT [by KEY] [SHA256]
//	                                      a URL or a policy is signed, by K2RSA or, with by, K2OTHER or K2EC:
//	                                      in URLs and fields of requests {signed} stands for the
//	                                      parameters from now on, {cookies} for the cookies, {Signature},
//	                                      {Policy} and so on for the values
//	logged N "MESSAGE" [FIELD...]         so many lines of the process's own log have this message
//	                                      and these attributes
//	metric NAME [LABEL=value...] [at most] N
//	                                      the sum of the series with these labels
//
// A METHOD or TARGET of an origin may be *, and a TARGET may end in *: the
// latest step that matches counts, and a request without one fails the
// scenario. {n} in a request or a check of viewers stands for the number of
// the viewer, from 1 on. A URL without host is one of http://shop.test. RESULT is Hit,
// Miss, RefreshHit, Error, Redirect or LimitExceeded: the first word of
// X-Cache.
//
//	REPLY    early REPLY (before the content of the request is read, which must end with close)
//	         [after D] interim STATUS [FIELD...] REPLY
//	         [after D] STATUS [FIELD...] [length N] [[ranges] body PIECE... | chunked PIECE... | open PIECE...]
//	         [after D] raw PIECE...
//	         reset | close | never
//	INTERIM  interim none, or all in order: interim STATUS [FIELD...] for each
//	PIECE    CONTENT, field NAME (its value in the request), pause D, reset, close, or never
//	         (nothing more, the connection stays)
//	CONTENT  "text", N bytes [from M] (N bytes that tell their offset), file NAME (of the archive,
//	         without its last newline), gzip CONTENT, br CONTENT; in a check also empty and ~ "regexp"
//
// An origin with ranges answers a request for a single range by 206 or 416, if
// its If-Range is the ETag or Last-Modified of the reply.
//
// A body has the Content-Length of its pieces unless length says otherwise;
// an open one ends with the connection. In a check, a file may contain
// {X-Amz-Cf-Id}, which stands for the value of that field.
//
// Files of the archive whose names begin with folder/ are written to a folder on
// disk without their last newline, for origins that are directories and for files
// that a configuration names: {folder} in it is the path. There is the public key
// of each KEY, as {folder}/keys/KEY.pem.
//
// A file folder/NAME.certificate has the hosts of a certificate, and perhaps rsa;
// in its place the folder has NAME.pem and NAME-key.pem. A file folder/NAME.authority
// has names of viewers; in its place the folder has NAME.pem, the authority of their
// certificates, whose numbers are 1, 2 and so on, and NAME.crl, an empty list. The
// viewer of an https URL asks in its handshake for the host of the URL, or for no
// name if that is an address, whatever its field Host says.
//
// A table repeats steps. Cells are separated by two or more spaces, - is an
// empty cell, and $column stands for the text of the cell:
//
//	table  vector     path  fields
//	       TV-TTL-02  /a    Cache-Control="max-age=60"
//	       TV-TTL-10  /b    -
//	do
//	    origin api GET $path -> 200 $fields body "x"
//	    viewer GET $path
//	    expect 200 Miss
//	end
//
// It is a provider, used by tests only.
package scenario
