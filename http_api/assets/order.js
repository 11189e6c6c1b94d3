// Shows the order whose token follows the # in the address; it is sent as a header, so it is in nobody's log.
const EVERY_MS = 15_000;
const AT_REST = ["completed", "refunded", "ended"];
const STATUS = {
  awaiting_payment: "Waiting for your payment.",
  in_progress: "We are ordering your diamond.",
  being_checked: "We are confirming your order by hand. No money is taken until we are sure.",
  completed: "Your diamond is ordered and paid for.",
  refunded: "Your money was given back.",
  ended: "This order came to an end. Nothing that you paid is kept.",
};
const STEPS = {
  received: "Order received",
  payment_authorised: "Payment authorised",
  being_checked: "Being confirmed by hand",
  ordered: "Diamond ordered",
  paid: "Paid",
  payment_released: "Payment released",
  payment_failed: "Payment failed",
  completed: "Order completed",
  cancelled: "Order cancelled",
  failed: "The diamond could not be ordered",
  refund_requested: "Refund under way",
  refunded: "Refunded",
  return_requested: "You asked to send it back",
  return_approved: "You may send it back",
  return_received: "It arrived back",
  return_refused: "It was not taken back",
  return_cancelled: "You keep it after all",
};
const REQUESTS = {
  requested: "waiting for us",
  approved: "please send it back",
  received: "arrived, your refund follows",
  refunded: "refunded",
  refused: "not possible",
  cancelled: "taken back",
  answered: "answered",
  closed: "closed",
};

const at = (id) => document.getElementById(id);

function made(tag, text, attributes = {}) {
  const element = Object.assign(document.createElement(tag), attributes);
  element.textContent = text;
  return element;
}

const words = (...given) => given.filter(Boolean).join(" ");

function facts(order, money) {
  const stone = order.stone;
  const told = [
    ["Diamond", words(stone.carats && `${stone.carats} ct`, stone.shape, stone.color, stone.clarity, stone.cut)],
    ["Grown", stone.labGrown ? "in a laboratory" : "naturally"],
    ["Report", words(stone.certificateLab, stone.certificateNumber)],
    ["Price", money(order.price)],
    ["Tax", order.tax ? money(order.tax) : ""],
    ["Paid", order.paid ? money(order.paid) : ""],
    ["Refunded", order.refunded ? money(order.refunded) : ""],
  ];
  return told.filter(([, value]) => value).flatMap(([name, value]) => [made("dt", name), made("dd", value)]);
}

function step(one, money) {
  const amount = one.amount === null ? "" : ` (${money(one.amount)})`;
  const item = made("li", (STEPS[one.step] ?? one.step) + amount);
  item.append(made("time", new Date(one.at).toLocaleString(), { dateTime: one.at }));
  return item;
}

function request(one) {
  const item = made("li", `${one.message} (${REQUESTS[one.status] ?? one.status})`);
  if (one.answer) item.append(made("p", one.answer));
  item.append(made("time", new Date(one.createdAt).toLocaleString(), { dateTime: one.createdAt }));
  return item;
}

function service(order) {
  const until = order.returnableUntil && new Date(order.returnableUntil);
  const returned = order.requests.some((one) => one.kind === "return" && !["refused", "cancelled"].includes(one.status));
  const returnable = Boolean(until && until > new Date() && !returned);
  at("service").hidden = false;
  at("window").textContent = returnable ? `You may send it back until ${until.toLocaleString()}.` : "";
  at("return").hidden = at("return").disabled = !returnable;
  at("requests").replaceChildren(...order.requests.map(request));
}

function show(order) {
  const format = new Intl.NumberFormat(undefined, { style: "currency", currency: order.currency });
  const money = (amount) => format.format(amount);
  at("title").textContent = `Order ${order.orderNumber}`;
  at("status").textContent = STATUS[order.status] ?? order.status;
  at("facts").replaceChildren(...facts(order, money));
  at("steps").replaceChildren(...order.steps.map((one) => step(one, money)));
  at("pay").replaceChildren(...(order.payAt ? [made("a", "Go to the payment", { href: order.payAt })] : []));
  service(order);
}

async function ask(event) {
  event.preventDefault();
  const { kind, message, contact } = event.target.elements;
  const body = JSON.stringify({ kind: kind.value, message: message.value, contact: contact.value || null });
  const headers = { "X-Order-Token": location.hash.slice(1), "Content-Type": "application/json" };
  const answer = await fetch("v2/order/requests", { method: "POST", headers, body }).catch(() => null);
  const told = answer && (await answer.json().catch(() => null));
  at("asked").textContent = answer?.ok ? "We have it, and will answer." : (told?.error?.message ?? "It could not be sent; please try again.");
  if (!answer?.ok) return;
  event.target.reset();
  await look();
}

async function look() {
  const token = location.hash.slice(1);
  const answer = await fetch("v2/order", { headers: { "X-Order-Token": token } }).catch(() => null);
  if (answer?.ok) {
    const { data } = await answer.json();
    show(data);
    return AT_REST.includes(data.status);
  }
  const unknown = answer && [400, 404].includes(answer.status);
  at("status").textContent = unknown ? "There is no order with this link." : "Your order cannot be shown right now.";
  return unknown;
}

async function follow() {
  if (!(await look())) setTimeout(follow, EVERY_MS);
}

addEventListener("hashchange", look);
at("ask").addEventListener("submit", ask);
follow();
