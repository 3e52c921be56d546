"use strict";

const at = (id) => document.getElementById(id);
const form = at("form"), unit = at("unit"), collection = at("collection"), file = at("file"), drop = at("drop");
const UNIT_KEY = "edu-check-unit";
let links = [];
let busy = false;

/* An element of that tag and class with what it holds: elements, or text that stays text. */
function made(tag, className, ...held) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...held.filter((each) => each !== null && each !== ""));
  return element;
}

function offerTemplate() {
  at("template").hidden = !unit.value;
  at("no-template").hidden = Boolean(unit.value);
  at("template").href = `templates/${encodeURIComponent(collection.value)}/${encodeURIComponent(unit.value)}.xlsx`;
}

function showDoing(text, share) {
  at("status").hidden = false;
  at("doing").textContent = text;
  at("doing").className = "";
  at("progress").hidden = false;
  if (share === undefined) at("progress").removeAttribute("value");
  else at("progress").value = share;
}

function showError(text) {
  at("status").hidden = false;
  at("doing").textContent = text;
  at("doing").className = "error";
  at("progress").hidden = true;
}

function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

function downloadLink(workbook) {
  const link = made("a", "button", "下载反馈表");
  link.href = URL.createObjectURL(new Blob([bytesOf(workbook.data)], { type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" }));
  link.download = workbook.name;
  links.push(link.href);
  return made("p", "", link, made("small", "", "　有问题的单元格已涂色、加批注；个人信息已隐去"));
}

function shownFinding(weight, finding) {
  return made("li", weight, made("strong", "", `${finding.check} ${finding.times}：`), finding.text,
    finding.places && made("div", "places", `在${finding.places}`));
}

function shownGroup(group) {
  return [made("h4", group.weight, group.heading),
    made("ul", "", ...group.findings.map((finding) => shownFinding(group.weight, finding)))];
}

function shownOutcome(outcome) {
  const mark = made("span", "mark", `${outcome.mark} `);
  return made("article", outcome.is_at_fault ? "fault" : "",
    made("h3", "", mark, outcome.name), made("p", "", outcome.headline),
    ...outcome.forms.map((each) => made("p", "hint", each)),
    outcome.workbook && downloadLink(outcome.workbook), outcome.fault && made("p", "error", outcome.fault),
    ...outcome.groups.flatMap(shownGroup));
}

function showReport(report) {
  at("status").hidden = true;
  at("result").hidden = false;
  at("result").className = report.is_at_fault ? "fault" : "";
  at("total").textContent = report.total;
  at("about").textContent = report.about;
  at("again").textContent = report.is_at_fault ? "改好之后再检查一次" : "检查另一个文件";
  at("outcomes").replaceChildren(...report.outcomes.map(shownOutcome));
  at("result").focus();
  at("result").scrollIntoView({ block: "start" });
}

function hear(said) {
  if (said.waiting) showDoing(`正在排队，排在第 ${said.waiting} 位，轮到后自动开始……`);
  if (said.progress) showDoing(`${said.progress}……`);
  if (said.error) showError(said.error);
  if (said.report) showReport(said.report);
  return Boolean(said.error || said.report);
}

function settle() {
  busy = false;
  document.body.classList.remove("busy");
  file.value = "";
}

/* One upload; the server answers line by line while it works. */
function send(chosen) {
  const request = new XMLHttpRequest();
  let heard = 0, isDone = false;
  const listen = () => {
    const lines = request.responseText.slice(heard).split("\n");
    heard = request.responseText.length - lines.pop().length;
    for (const line of lines) isDone = hear(JSON.parse(line)) || isDone;
  };
  const end = () => {
    if (!isDone) showError("与服务器的连接中断，没有结果。请检查网络后再试。");
    settle();
  };
  request.open("POST", `check?unit=${encodeURIComponent(unit.value)}&collection=${encodeURIComponent(collection.value)}`);
  request.setRequestHeader("X-File-Name", encodeURIComponent(chosen.name));
  request.upload.onprogress = (event) => showDoing("正在上传……", event.total ? event.loaded / event.total : undefined);
  request.upload.onload = () => showDoing("已上传，等待检查……");
  request.onprogress = listen;
  request.onload = () => { listen(); end(); };
  request.onerror = request.onabort = end;
  request.send(chosen);
}

function check(files) {
  if (busy || !files.length) return;
  for (const link of links.splice(0)) URL.revokeObjectURL(link);
  at("result").hidden = true;
  if (files.length > 1) return showError("一次检查一个文件；几个文件请打包成一个 zip。");
  if (files[0].size > Number(form.dataset.bytes)) {
    file.value = "";
    return showError(`文件超过 ${form.dataset.megabytes} MB 的上限，没有检查。请分成几个文件。`);
  }
  busy = true;
  document.body.classList.add("busy");
  showDoing("正在上传……", 0);
  send(files[0]);
}

form.addEventListener("submit", (event) => event.preventDefault());
file.addEventListener("change", () => check(file.files));
for (const kind of ["dragenter", "dragover"]) {
  document.addEventListener(kind, (event) => { event.preventDefault(); drop.classList.add("over"); });
}
document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) drop.classList.remove("over"); });
document.addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  check(event.dataTransfer.files);
});
at("again").addEventListener("click", () => file.click());
unit.addEventListener("change", () => { localStorage.setItem(UNIT_KEY, unit.value); offerTemplate(); });
collection.addEventListener("change", offerTemplate);
unit.value = localStorage.getItem(UNIT_KEY) || "";
if (unit.selectedIndex < 0) unit.value = "";
offerTemplate();
