package managed

import "strings"

// A bot is a program that says in its User-Agent what it is.
type bot struct {
	word         string // of its User-Agent, in lower case
	name         string // in its label
	category     string
	organization string // "" if nobody in particular runs it
}

// knownBots lists bots by category: what their User-Agent has, and who runs
// them. A name is the word itself, without what follows a slash, unless another
// one stands behind =.
var knownBots = parseBots(`
search_engine
	google: googlebot googleother google-inspectiontool storebot-google apis-google google-cloudvertexbot=google_cloudvertexbot
	microsoft: bingbot msnbot adidxbot bingpreview=bingpreview
	yandex: yandexbot yandeximages yandexvideo yandexmobilebot yandexaccessibilitybot yandexrenderresourcesbot
	baidu: baiduspider
	duckduckgo: duckduckbot duckduckgo-favicons-bot
	apple: applebot
	yahoo: slurp=yahoo_slurp
	naver: yeti/ naverbot
	seznam: seznambot
	qwant: qwantify qwantbot
	petal: petalbot
	sogou: sogou
	mojeek: mojeekbot
	brave: bravebot
	coccoc: coccocbot
	: exabot daum/ mail.ru_bot=mailru gigabot yacybot marginalia
seo
	semrush: semrushbot siteauditbot splitsignalbot
	ahrefs: ahrefsbot ahrefssiteaudit
	moz: dotbot rogerbot
	majestic: mj12bot
	screaming_frog: screaming\x20frog=screaming_frog
	serpstat: serpstatbot
	sistrix: sistrix
	: dataforseobot blexbot seokicks seobilitybot linkdexbot seranking rankactivebot barkrowler searchmetricsbot sitebulb deepcrawl lumar oncrawl botify conductor-spider=conductor
social_media
	facebook: facebookexternalhit facebookcatalog facebot meta-externalfetcher=meta_externalfetcher
	twitter: twitterbot
	linkedin: linkedinbot
	pinterest: pinterestbot pinterest/
	reddit: redditbot
	tumblr: tumblr/
	snap: snapchat\x20ads=snapchat
	vk: vkshare
	bytedance: tiktokspider
page_preview
	slack: slackbot-linkexpanding=slackbot slack-imgproxy
	discord: discordbot
	telegram: telegrambot
	whatsapp: whatsapp/
	skype: skypeuripreview
	viber: viber/
	microsoft: bingpreview\x20preview=microsoft_preview
	: iframely embedly mastodon/ bluesky\x20cardyb=bluesky line-poker=line kakaotalk-scrap=kakaotalk snap\x20url\x20preview=snap_url_preview
ai
	openai: gptbot chatgpt-user oai-searchbot
	anthropic: claudebot claude-web claude-user claude-searchbot anthropic-ai
	google: google-extended gemini-deep-research
	meta: meta-externalagent
	perplexity: perplexitybot perplexity-user
	bytedance: bytespider
	amazon: amazonbot bedrockbot
	common_crawl: ccbot
	cohere: cohere-ai cohere-training-data-crawler
	mistral: mistralai-user
	you: youbot
	xai: grok-
	diffbot: diffbot
	apple: applebot-extended
	: ai2bot timpibot imagesiftbot duckassistbot omgili omgilibot velenpublicwebcrawler kangaroo\x20bot=kangaroo_bot img2dataset pangubot iaskspider
archiver
	internet_archive: ia_archiver archive.org_bot=archive_org_bot heritrix
	: arquivo-web-crawler nicecrawler webcite archive-it archivebox wayback httrack=httrack webcopier teleport\x20pro=teleport_pro offline\x20explorer=offline_explorer
advertising
	google: adsbot-google mediapartners-google google-adwords google-display-ads-bot
	criteo: criteobot
	: adsbot proximic gumgum-bot adbeat_bot ias_crawler admantx grapeshotcrawler adstxt.com=adstxt trendictionbot peer39_crawler dv-crawler quantcastbot
content_fetcher
	google: feedfetcher-google google-read-aloud googleimageproxy=google_image_proxy google-site-verification
	feedly: feedly/
	: feedburner feedbin flipboardproxy inoreader newsblur theoldreader tiny\x20tiny=tiny_tiny_rss pocketparser instapaper readability w3c_validator=w3c_validator w3c-checklink jigsaw/ validator.nu netvibes feedvalidator universalfeedparser magpierss simplepie rss-parser
email_client
	: thunderbird outlook-ios=outlook microsoft\x20outlook=outlook barracuda\x20sentinel=barracuda mimecast proofpoint yahoomailproxy emailmarketingrobot
http_library
	: curl/ libcurl wget/ python-requests python-urllib python-httpx aiohttp/ httplib2 urllib3 pycurl go-http-client okhttp apache-httpclient java/ java-http-client jakarta\x20commons=commons_httpclient axios/ node-fetch undici got/ superagent
		guzzlehttp guzzle/ php/ libwww-perl lwp:: lwp-trivial perl/ ruby faraday rest-client httparty typhoeus http.rb mechanize winhttp=winhttp restsharp dart/ dart:io=dart reqwest hyper/ ureq postmanruntime insomnia/ httpie/ hc/ unirest resty/ req/ fasthttp cpprestsdk libsoup alamofire cfnetwork-only=cfnetwork powershell/ k6/ vegeta apachebench wrk/ hey/ jmeter gatling locust/ deno/ bun/ colly/ elixir hackney mint/
scraping_framework
	: scrapy crawlee nutch apify webharvy import.io=import_io octoparse parsehub portia/ grub-client newspaper/ beautifulsoup mechanicalsoup goutte phpcrawl simplecrawler node-crawler webmagic stormcrawler spidr anemone crawler4j jsoup scrapinghub zyte zyborg scrapingbee brightbot webzio
link_checker
	: linkchecker xenu\x20link=xenu_link_sleuth w3c_linkchecker=w3c_linkchecker link\x20valet=link_valet linkwalker dead\x20link=dead_link_checker brokenlinkcheck linkstats linkguard drlinkcheck siteimprove lychee/ muffet muhstik
monitoring
	pingdom: pingdom
	uptimerobot: uptimerobot
	statuscake: statuscake
	datadog: datadog
	newrelic: newrelicpinger newrelic\x20synth=newrelic_synthetics
	amazon: amazon-route53-health-check=route53_health_check cloudwatchsynthetics elb-healthchecker
	google: googlestackdrivermonitoring
	site24x7: site24x7
	better_uptime: betteruptime better\x20uptime=betteruptime
	: checkly nagios check_http zabbix prometheus blackbox-exporter=blackbox_exporter hetrixtools freshping updown.io=updown montastic catchpoint gomezagent keynote dotcom-monitor=dotcom_monitor gtmetrix lighthouse=lighthouse pagespeed webpagetest ptst/ uptime-kuma=uptime_kuma jetmon alertsite kube-probe=kube_probe consul\x20health=consul_health haproxy/ statusoverflow panopta rigor
security
	: censysinspect expanse shodan internetmeasurement=internet_measurement netcraftsurveyagent=netcraft securitytrails rapid7 qualys detectify nessus tenable bitsightbot leakix stretchoid securityscorecard projectdiscovery virustotal sucuri/ sitelock netsystemsresearch zgrab masscan nuclei acunetix burp\x20suite=burp_suite owasp_zap=owasp_zap hacker-scoper=hacker_scoper wpscan
webhooks
	stripe: stripe/
	github: github-hookshot=github_hookshot
	paypal: paypal\x20ipn=paypal_ipn
	twilio: twilioproxy
	slack: slackbot\x201.0=slack_webhook
	shopify: shopify-captain-hook=shopify
	: zapier gitlab/ bitbucket-webhooks=bitbucket_webhooks svix-webhooks=svix mailgun/ sendgrid/ square\x20connect=square woocommerce\x20hookshot=woocommerce intercom-webhook=intercom atlassian\x20webhook=atlassian plaid-webhooks=plaid hookdeck
miscellaneous
	: crawler spider bot/ botlink robot/ fetcher/ scan/ check/ archiver/ dispatch/ turnitinbot domaintools domainstatsbot builtwith wappalyzer whatcms netestate cincraw sbider linguee libring/ mixnodecache qwarry tineye zoominfobot voltron gowikibot buck/
`)

// parseBots reads the list above: categories, then lines of organizations.
func parseBots(text string) []bot {
	var all []bot
	category, organization := "", ""
	for _, line := range strings.Split(text, "\n") {
		rest := strings.TrimLeft(line, "\t")
		switch indent := len(line) - len(rest); {
		case rest == "":
			continue
		case indent == 0:
			category = rest
			continue
		case indent == 1:
			organization, rest, _ = strings.Cut(rest, ":")
		}
		for _, entry := range strings.Fields(rest) {
			word, name, named := strings.Cut(strings.ReplaceAll(entry, `\x20`, " "), "=")
			if !named {
				name = labelName(word)
			}
			all = append(all, bot{word: word, name: name, category: category, organization: organization})
		}
	}
	return all
}

// labelName makes the name of a label from a word: googlebot, python_requests.
func labelName(word string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, word), "_")
}

// labels are those of the bot, verified or not.
func (b *bot) labels() []string {
	labels := []string{"bot:category:" + b.category, "bot:name:" + b.name}
	if b.organization != "" {
		labels = append(labels, "bot:organization:"+b.organization)
	}
	return labels
}

// Browsers that programs drive.
var automatedBrowsers = list(`headlesschrome phantomjs slimerjs puppeteer playwright selenium webdriver cypress nightmare zombie.js testcafe chrome-lighthouse splash htmlunit electron/test browserless pyppeteer jsdom/ happydom`)
