package device

// signs are what the words of a User-Agent tell together.
type signs uint16

const (
	signAndroid  signs = 1 << iota
	signBrowser        // something that shows pages, and so says "Mobile" on phones
	signConsole        // a game console
	signHandheld       // one that is held in the hands
	signIPad
	signIPhone // or iPod
	signMac
	signMobile // a phone, or a tablet that says so
	signPhone  // of Windows Phone
	signTablet // a tablet by name or model
	signTV     // a television, or what is connected to one
	signWindows
	signLegacy // of Windows Phone, or older
)

// A rule says what a device is that shows some signs.
type rule struct {
	all signs
	is  Class
}

// rules are in order: the first of which all signs are there decides.
//
// Phones with Windows claim to be Android and iPhone, old consoles to be such
// phones. Android without "Mobile" is a tablet only in a browser: an app says just
// "Android". On an iPad that asks for desktop sites nothing tells, unless a page is
// shown in an app, which still says "Mobile".
var rules = []rule{
	{signConsole | signHandheld, Mobile},
	{signConsole, Desktop},
	{signWindows | signPhone, Mobile},
	{signLegacy, Mobile},
	{signIPad, IOS | Mobile | Tablet},
	{signIPhone, IOS | Mobile},
	{signTV | signAndroid, Android | SmartTV},
	{signTV, SmartTV},
	{signAndroid | signTablet | signMobile, Android | Mobile | Tablet},
	{signAndroid | signTablet, Android | Tablet},
	{signAndroid | signMobile, Android | Mobile},
	{signAndroid | signBrowser, Android | Tablet},
	{signAndroid, Android | Mobile},
	{signMac | signMobile, IOS | Mobile | Tablet},
	{signWindows | signMobile, Mobile},
	{signWindows, Desktop}, // "Tablet PC" is a component that desktops have
	{signTablet, Tablet},
	{signMobile, Mobile},
	{0, Desktop},
}

// words are what single words are signs of, in lower case.
var words = map[string]signs{
	"android": signAndroid, "adr": signAndroid,

	"applewebkit": signBrowser, "gecko": signBrowser, "opera": signBrowser, "presto": signBrowser, "trident": signBrowser,

	"playstation": signConsole, "xbox": signConsole, "nintendo": signConsole, "ouya": signConsole,
	"vita": signConsole | signHandheld, "psp": signConsole | signHandheld, "portable": signHandheld, "3ds": signHandheld, "dsi": signHandheld, "switch": signHandheld,

	"ipad": signIPad, "iphone": signIPhone, "ipod": signIPhone, "ios": signIPhone, "mobilesafari": signIPhone,
	"macintosh": signMac,

	"windows": signWindows, "phone": signPhone, "iemobile": signLegacy, "wpdesktop": signLegacy,

	"mobile": signMobile, "mobi": signMobile, "mini": signMobile, "blackberry": signMobile, "bb10": signMobile, "kaios": signMobile,
	"symbian": signMobile, "symbianos": signMobile, "series40": signMobile, "series60": signMobile, "s60": signMobile, "midp": signMobile,
	"j2me": signMobile, "bada": signMobile, "maemo": signMobile, "meego": signMobile, "palm": signMobile, "pre": signMobile, "pixi": signMobile,
	"ucweb": signMobile, "docomo": signMobile, "kddi": signMobile, "softbank": signMobile, "googlebot-mobile": signMobile, "lumia": signMobile,

	"tablet": signTablet, "playbook": signTablet, "touchpad": signTablet, "kindle": signTablet, "nook": signTablet, "tab": signTablet,
	"xoom": signTablet, "kobo": signTablet,

	"tv": signTV, "smarttv": signTV, "smart-tv": signTV, "smart_tv": signTV, "googletv": signTV, "hbbtv": signTV, "netcast": signTV,
	"web0s": signTV, "webos-tv": signTV, "webostv": signTV, "roku": signTV, "crkey": signTV, "chromecast": signTV, "bravia": signTV, "viera": signTV,
	"aquosbrowser": signTV, "netrange": signTV, "netrangemmh": signTV, "inettvbrowser": signTV, "philipstv": signTV, "nettv": signTV, "dtv": signTV, "ce-html": signTV,
	"mitv": signTV, "mibox": signTV, "boxee": signTV, "tvos": signTV, "vidaa": signTV, "smartcast": signTV, "vizio": signTV, "shield": signTV,
	"tvstore": signTV, "firetv": signTV, "dlnadoc": signTV, "opentv": signTV, "maple": signTV, "sonycebrowser": signTV, "sonydtv": signTV,
}

// wordBeginnings are the beginnings of words that end in numbers and letters of
// models, in lower case: iPhone14,2; Fire TVs; Fire tablets; Galaxy Tabs.
var wordBeginnings = map[string]signs{
	"ipad": signIPad, "iphone": signIPhone, "ipod": signIPhone,
	"appletv": signTV, "aft": signTV, "roku": signTV, "mitv-": signTV, "mibox": signTV, "sonydtv": signTV, "bravia": signTV,
	"kf": signTablet, "sm-t": signTablet, "sm-x": signTablet, "sm-p": signTablet, "gt-p": signTablet, "gt-n80": signTablet, "tb-": signTablet, "lifetab": signTablet,
	"nokia": signMobile, "blackberry": signMobile, "sonyericsson": signMobile, "samsung-gt-": signMobile,
}
