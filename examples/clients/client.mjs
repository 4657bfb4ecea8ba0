// Enlist over HTTP from JavaScript: a segment, contacts in bulk, a page, a reason, and the stream over a restart.
// Usage: client.mjs API TOKEN, with API such as http://127.0.0.1:8080/v1/workspaces/javascript.

const [api, token] = process.argv.slice(2);
const authorization = `Bearer ${token}`;

// Sends a request; a refusal is a problem document that says what to change.
async function send(method, path, document, type = "application/json") {
  const body = document === undefined || typeof document === "string" ? document : JSON.stringify(document);
  const answer = await fetch(api + path, { method, body, headers: { authorization, "content-type": type } });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${JSON.parse(text).detail}`);
  return text ? JSON.parse(text) : undefined;
}

await send("PUT", "", { time_zone: "Europe/Lisbon" });
await send("PUT", "/fields/plan", { kind: "select", options: ["free", "pro"] });
const rule = { match: "all", conditions: [{ field: "plan", operator: "equals", value: "pro" }] };
await send("PUT", "/segments/pro", { name: "Pro", rule });

const at = new Date().toISOString();
const saved = (n) => ({ type: "contact_saved", at, contact: `c${n}`, set: { plan: ["free", "pro"][n % 2] } });
const lines = Array.from({ length: 2500 }, (_, n) => JSON.stringify(saved(n))).join("\n");
const received = await send("POST", "/events", lines, "application/x-ndjson");
if (received.refused) throw new Error(JSON.stringify(received.lines.slice(0, 3)));

const members = [];
for (let cursor = ""; ; ) {
  const page = await send("GET", `/segments/pro/members?size=1000${cursor}`);
  members.push(...page.contacts.map((contact) => contact.contact));
  if (!page.next) break;
  cursor = `&cursor=${encodeURIComponent(page.next)}`;
}
if (members.length !== 1250) throw new Error(`${members.length} members`);

const why = await send("GET", "/segments/pro/members/c0");
console.log("c0 is", why.is_member ? "in:" : "out:", JSON.stringify(why.rule.conditions[0].saw));

// The stream is read from its body: `EventSource` cannot send a token.
let last;
let isFollowed = false;
for (;;) {
  try {
    const headers = last ? { authorization, "last-event-id": last } : { authorization };
    const answer = await fetch(`${api}/stream`, { headers });
    if (!answer.ok) throw new Error(String(answer.status));
    // The process that started this program changes something when it reads this.
    if (!isFollowed) console.log("following");
    isFollowed = true;
    let text = "";
    for await (const piece of answer.body.pipeThrough(new TextDecoderStream())) {
      const blocks = (text + piece).split("\n\n");
      text = blocks.pop();
      for (const block of blocks) {
        const event = Object.fromEntries(block.split("\n").map((line) => line.split(/: (.*)/s)));
        last = event.id ?? last;
        if (event.event === "gap") console.log("read the segments again");
        if (event.event !== "transition") continue;
        const { contact, change, segment } = JSON.parse(event.data);
        console.log(contact, change, segment);
        if (contact === "last") process.exit(0);
      }
    }
  } catch {
    // The server is gone for a while.
  }
  await new Promise((resolve) => setTimeout(resolve, 200));
}
