/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Published MACs of messages that can be read as ESP, in hexadecimal: with keys
 * of the length that ESP has, and long enough for SPI and sequence number.
 */
static const struct mac_vector mac_vectors[] = {
	{
		.name = "RFC 4868 2.7.2, SHA256-2",
		.auth = "hmac(sha256)",
		.icv = { 128, 256, 96 },
		.key = { "4a6566654a6566654a6566654a6566654a6566654a6566654a6566654a656665" },
		.message = { "7768617420646f2079612077616e7420666f72206e6f7468696e673f" },
		.mac = { "167f928588c5cc2eef8e3093caa0e87c9ff566a14794aa61648d81621a2a40c6" },
	},
	{
		.name = "RFC 4868 2.7.2, SHA256-3",
		.auth = "hmac(sha256)",
		.icv = { 128, 256, 96 },
		.key = { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
		.message = {
			"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd",
			"dddddddddddddddddddddddddddddddddddd",
		},
		.mac = { "cdcb1220d1ecccea91e53aba3092f962e549fe6ce9ed7fdc43191fbde45c30b0" },
	},
	{
		.name = "RFC 4868 2.7.2, SHA256-4",
		.auth = "hmac(sha256)",
		.icv = { 128, 256, 96 },
		.key = { "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20" },
		.message = {
			"cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
			"cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
		},
		.mac = { "372efcf9b40b35c2115b1346903d2ef42fced46f0846e7257bb156d3d7b30d3f" },
	},
	{
		.name = "RFC 4868 2.7.2, SHA384-2",
		.auth = "hmac(sha384)",
		.icv = { 192, 384 },
		.key = {
			"4a6566654a6566654a6566654a6566654a6566654a6566654a6566654a656665",
			"4a6566654a6566654a6566654a656665",
		},
		.message = { "7768617420646f2079612077616e7420666f72206e6f7468696e673f" },
		.mac = {
			"2c7353974f1842fd66d53c452ca42122b28c0b594cfb184da86a368e9b8e16f5",
			"349524ca4e82400cbde0686d403371c9",
		},
	},
	{
		.name = "RFC 4868 2.7.2, SHA384-3",
		.auth = "hmac(sha384)",
		.icv = { 192, 384 },
		.key = {
			"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
			"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		},
		.message = {
			"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd",
			"dddddddddddddddddddddddddddddddddddd",
		},
		.mac = {
			"809f439be00274321d4a538652164b53554a508184a0c3160353e3428597003d",
			"35914a18770f9443987054944b7c4b4a",
		},
	},
	{
		.name = "RFC 4868 2.7.2, SHA384-4",
		.auth = "hmac(sha384)",
		.icv = { 192, 384 },
		.key = {
			"0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20",
			"0a0b0c0d0e0f10111213141516171819",
		},
		.message = {
			"cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
			"cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
		},
		.mac = {
			"5b540085c6e6358096532b2493609ed1cb298f774f87bb5c2ebf182c83cc7428",
			"707fb92eab2536a5812258228bc96687",
		},
	},
	{
		.name = "RFC 4868 2.7.2, SHA512-2",
		.auth = "hmac(sha512)",
		.icv = { 256, 512 },
		.key = {
			"4a6566654a6566654a6566654a6566654a6566654a6566654a6566654a656665",
			"4a6566654a6566654a6566654a6566654a6566654a6566654a6566654a656665",
		},
		.message = { "7768617420646f2079612077616e7420666f72206e6f7468696e673f" },
		.mac = {
			"cb370917ae8a7ce28cfd1d8f4705d6141c173b2a9362c15df235dfb251b15454",
			"6aa334ae9fb9afc2184932d8695e397bfa0ffb93466cfcceaae38c833b7dba38",
		},
	},
	{
		.name = "RFC 4868 2.7.2, SHA512-3",
		.auth = "hmac(sha512)",
		.icv = { 256, 512 },
		.key = {
			"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
			"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		},
		.message = {
			"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd",
			"dddddddddddddddddddddddddddddddddddd",
		},
		.mac = {
			"2ee7acd783624ca9398710f3ee05ae41b9f9b0510c87e49e586cc9bf961733d8",
			"623c7b55cebefccf02d5581acc1c9d5fb1ff68a1de45509fbe4da9a433922655",
		},
	},
	{
		.name = "RFC 4868 2.7.2, SHA512-4",
		.auth = "hmac(sha512)",
		.icv = { 256, 512 },
		.key = {
			"0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20",
			"2122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f40",
		},
		.message = {
			"cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
			"cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
		},
		.mac = {
			"5e6688e5a3daec826ca32eaea224eff5e700628947470e13ad01302561bab108",
			"b8c48cbc6b807dcfbd850521a685babc7eae4a2a2e660dc0e86b931d65503fd2",
		},
	},
	{
		.name = "RFC 2202 3, case 3",
		.auth = "hmac(sha1)",
		.icv = { 96, 160 },
		.key = { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
		.message = {
			"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd",
			"dddddddddddddddddddddddddddddddddddd",
		},
		.mac = { "125d7342b9ac11cd91a39af48aa17b4f63f175d3" },
	},
	{
		.name = "RFC 2202 3, case 5",
		.auth = "hmac(sha1)",
		.icv = { 96, 160 },
		.key = { "0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c" },
		.message = { "546573742057697468205472756e636174696f6e" },
		.mac = { "4c1a03424b55e07fe7f27be1d58bb9324a9a5a04" },
	},
	{
		.name = "RFC 2202 2, case 3",
		.auth = "hmac(md5)",
		.icv = { 96, 128 },
		.key = { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
		.message = {
			"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd",
			"dddddddddddddddddddddddddddddddddddd",
		},
		.mac = { "56be34521d144c88dbb8c733f0e8b3f6" },
	},
	{
		.name = "RFC 2202 2, case 5",
		.auth = "hmac(md5)",
		.icv = { 96, 128 },
		.key = { "0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c" },
		.message = { "546573742057697468205472756e636174696f6e" },
		.mac = { "56461ef2342edc00f9bab995690efd4c" },
	},
	{
		.name = "RFC 4494 4, case 2",
		.auth = "cmac(aes)",
		.icv = { 96 },
		.key = { "2b7e151628aed2a6abf7158809cf4f3c" },
		.message = { "6bc1bee22e409f96e93d7e117393172a" },
		.mac = { "070a16b46b4d4144f79bdd9dd04a287c" },
	},
	{
		.name = "RFC 4494 4, case 3",
		.auth = "cmac(aes)",
		.icv = { 96 },
		.key = { "2b7e151628aed2a6abf7158809cf4f3c" },
		.message = {
			"6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51",
			"30c81c46a35ce411",
		},
		.mac = { "dfa66747de9ae63030ca32611497c827" },
	},
	{
		.name = "RFC 4494 4, case 4",
		.auth = "cmac(aes)",
		.icv = { 96 },
		.key = { "2b7e151628aed2a6abf7158809cf4f3c" },
		.message = {
			"6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51",
			"30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710",
		},
		.mac = { "51f0bebf7e3b9d92fc49741779363cfe" },
	},
	{
		.name = "RFC 3566 4.6, case 3",
		.auth = "xcbc(aes)",
		.icv = { 96 },
		.key = { "000102030405060708090a0b0c0d0e0f" },
		.message = { "000102030405060708090a0b0c0d0e0f" },
		.mac = { "d2a246fa349b68a79998a4394ff7a263" },
	},
	{
		.name = "RFC 3566 4.6, case 4",
		.auth = "xcbc(aes)",
		.icv = { 96 },
		.key = { "000102030405060708090a0b0c0d0e0f" },
		.message = { "000102030405060708090a0b0c0d0e0f10111213" },
		.mac = { "47f51b4564966215b8985c63055ed308" },
	},
	{
		.name = "RFC 3566 4.6, case 5",
		.auth = "xcbc(aes)",
		.icv = { 96 },
		.key = { "000102030405060708090a0b0c0d0e0f" },
		.message = { "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f" },
		.mac = { "f54f0ec8d2b9f3d36807734bd5283fd4" },
	},
	{
		.name = "RFC 3566 4.6, case 6",
		.auth = "xcbc(aes)",
		.icv = { 96 },
		.key = { "000102030405060708090a0b0c0d0e0f" },
		.message = {
			"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
			"2021",
		},
		.mac = { "becbb3bccdb518a30677d5481fb6b4d8" },
	},
};
