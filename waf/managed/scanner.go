package managed

// Names that scanners and tools for attacks have in their User-Agent. What
// developers use besides, such as curl, is a matter of Bot Control.
var scannerSearches = []search{
	{finds: FamilyScanner, words: list(`
		nessus nmap nikto sqlmap acunetix netsparker invicti openvas qualys webinspect appscan burpcollaborator burpsuite masscan zgrab zmap w3af arachni skipfish wapiti vega/ whatweb wpscan joomscan droopescan cmsmap cmseek
		dirbuster gobuster dirsearch feroxbuster ffuf wfuzz dirb/ nuclei jaeles xsstrike dalfox commix havij pangolin bsqlbf sqlninja sqlsus fimap lfisuite metasploit msfrpc hydra medusa patator brutus ncrack webshag whisker grendel-scan grabber n-stealth
		jorgee zmeu morfeus muieblackcat l9explore l9tcpid leakix detectify intruder.io rapid7 nexpose tenable probely pentest-tools retina core-project/ cgichk paros zaproxy owasp-zap owasp+zap golismero uniscan sitecheck.sucuri websploit xenotix xspider
		log4shell-scan cve-scan masscan-ng naabu projectdiscovery subfinder blackwidow webbandit webvulnscan sysscan scan4all fscan kscan xray/ hackertarget blind-xss interactsh evilbot`)},
}
