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

function show(order) {
  const format = new Intl.NumberFormat(undefined, { style: "currency", currency: order.currency });
  const money = (amount) => format.format(amount);
  at("title").textContent = `Order ${order.orderNumber}`;
  at("status").textContent = STATUS[order.status] ?? order.status;
  at("facts").replaceChildren(...facts(order, money));
  at("steps").replaceChildren(...order.steps.map((one) => step(one, money)));
  at("pay").replaceChildren(...(order.payAt ? [made("a", "Go to the payment", { href: order.payAt })] : []));
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
follow();
