// Nothing needs this script. It keeps ages right, marks what is new since the last visit, copies
// addresses, goes from story to story with j and k, and says when there are new stories.
(() => {
	const doc = document, words = doc.currentScript.dataset, lang = doc.documentElement.lang;
	const all = (query) => [...doc.querySelectorAll(query)];

	const ago = new Intl.RelativeTimeFormat(lang, { style: "short" });
	const ages = () => {
		for (const time of all("time.r")) {
			const at = new Date(time.dateTime), minutes = Math.max((Date.now() - at) / 6e4, 1);
			time.title = at.toLocaleString(lang, { dateStyle: "medium", timeStyle: "short" });
			time.textContent = minutes < 60 ? ago.format(-Math.floor(minutes), "minute")
				: minutes < 1440 ? ago.format(-Math.floor(minutes / 60), "hour")
				: minutes < 10080 ? ago.format(-Math.floor(minutes / 1440), "day")
				: at.toLocaleDateString(lang, { day: "numeric", month: "short" });
		}
		// Of today, the time of day; else the day.
		for (const time of all("time.j")) {
			const at = new Date(time.dateTime), today = at.toDateString() === new Date().toDateString();
			time.textContent = today ? at.toLocaleTimeString(lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" })
				: at.toLocaleDateString(lang, { day: "numeric", month: "short" });
		}
	};
	ages();
	setInterval(ages, 6e4);

	try {
		// The time of the visit before this one, which a session keeps while it goes from page to page.
		const last = sessionStorage.last ??= localStorage.seen || "";
		localStorage.seen = Date.now();
		const isNew = (item) => Date.parse(item.querySelector("time")?.dateTime) > last;
		const fresh = last ? all("main :is(article.s, .list > li, .just > li, .line > li)").filter(isNew) : [];
		for (const item of fresh) {
			const dot = doc.createElement("span");
			dot.className = "dot";
			dot.textContent = words.one;
			(item.querySelector(".t") || item).before(dot);
		}
		const note = doc.getElementById("new");
		if (fresh.length && note) note.textContent = words.new.replace("{n}", fresh.length);
	} catch { /* storage is forbidden: nothing is marked */ }

	if (navigator.clipboard) for (const input of all(".copy input")) {
		const button = doc.createElement("button");
		button.type = "button";
		button.textContent = words.copy;
		button.onclick = () => navigator.clipboard.writeText(input.value).then(() => { button.textContent = words.copied; });
		input.after(button);
	}

	doc.addEventListener("keydown", (event) => {
		const step = { j: 1, k: -1 }[event.key];
		if (!step || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea")) return;
		const links = all("main :is(article, li) .t"), place = links.indexOf(doc.activeElement);
		const next = links[Math.min(Math.max(place + step, 0), links.length - 1)];
		if (next) { next.focus(); next.scrollIntoView({ block: "center" }); }
	});

	if (words.events && window.EventSource) {
		new EventSource(words.events).addEventListener("changed", () => {
			const note = doc.getElementById("new");
			if (!note || note.querySelector("a")) return;
			const link = doc.createElement("a");
			link.href = location.href;
			link.textContent = words.changed;
			note.replaceChildren(link);
		});
	}
})();
