/*! preact, @preact/signals, @preact/signals-core
Copyright (c) 2015-present Jason Miller
Copyright (c) 2022-present Preact Team

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE. */
var s=self,o="pad",d=30,l=3e3,r=e=>e==="/pad"||/^\/[\w]+\.(js|css|svg|png|webmanifest)$/.test(e);async function w(e){if(!Array.isArray(e))return;let n=await caches.open(o),i=[...new Set(e.filter(t=>typeof t=="string"&&r(t)))];for(let t of i.slice(0,d)){let a=await fetch(t).catch(()=>{});a?.ok&&await n.put(t,a)}for(let{url:t}of await n.keys())i.includes(new URL(t).pathname)||await n.delete(t)}async function f(e,n){let i=await fetch(e);return i.ok&&await(await caches.open(o)).put(n,i.clone()),i}async function u(e,n){let i=f(e,n),t=await caches.match(n);if(!t)return i;let a=new Promise(c=>setTimeout(()=>c(t),l));return Promise.race([i.catch(()=>t),a])}s.addEventListener("install",e=>e.waitUntil(s.skipWaiting()));s.addEventListener("activate",e=>e.waitUntil(s.clients.claim()));s.addEventListener("message",e=>e.waitUntil(w(e.data?.keep)));s.addEventListener("fetch",e=>{let{pathname:n,origin:i}=new URL(e.request.url);e.request.method==="GET"&&i===s.location.origin&&r(n)&&e.respondWith(u(e.request,n))});
