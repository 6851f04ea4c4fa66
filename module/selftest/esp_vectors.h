/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Published ESP packets, in hexadecimal: from the SPI on, payload without the
 * trailer. Of RFC 3602 the ICV is not published; of RFC 3686 and SP 800-67 only
 * the ciphertext's beginning. RFC 4309 has no vectors: those are the Linux
 * kernel's, made with Crypto++.
 */
static const struct esp_vector esp_vectors[] = {
	{
		.name = "draft-mcgrew-gcm-test-01 1",
		.aead = "rfc4106(gcm(aes))",
		.key = "4c80cdefbb5d10da906ac73c3613a6342e443b68",
		.spi = 0x00004321,
		.seq = 0x8765432100000000ULL,
		.esn = true,
		.payload = "45000048699a000080114db7c0a80102c0a801010a9bf15638d301000001000000000000"
			   "045f736970045f756470037369700963796265726369747902646b0000210001",
		.next_header = 1,
		.packet = "00004321000000004956ed7e3b244cfefecf537e729d5b07dc30df528dd22b768d1b9873"
			  "6696a6fd348509fa13ceac34cfa2436f14a3f3cf65925bf1f4a13c5d15b21e1884f5ff62"
			  "47aeabb786b93bce61bc17d768fd9732459018148f6cbe722fd04796562dfdb4",
	},
	{
		.name = "draft-mcgrew-gcm-test-01 2",
		.aead = "rfc4106(gcm(aes))",
		.key = "feffe9928665731c6d6a8f9467308308cafebabe",
		.spi = 0x0000a5f8,
		.seq = 0xaULL,
		.payload = "4500003e698f000080114dccc0a80102c0a801010a980035002a2343b2d0010000010000"
			   "00000000037369700963796265726369747902646b0000010001",
		.next_header = 1,
		.packet = "0000a5f80000000afacedbaddecaf888deb22cd9b07c72c16e3a65beeb8df304a5a5897d"
			  "33ae530f1ba76d5d114d2a5c3de81827c10e9a4f51330d0eec416642cfbb85a5b47e48a4"
			  "ec3b9ba95d918bd183b70d3aa8bc6ee4c309e9d85a41ad4a",
	},
	{
		.name = "draft-mcgrew-gcm-test-01 3",
		.aead = "rfc4106(gcm(aes))",
		.key = "abbccddef00112233445566778899aababbccddef00112233445566778899aab11223344",
		.spi = 0x4a2cbfe3,
		.seq = 0x2ULL,
		.payload = "4500003069a6400080062690c0a801029389155e0a9e008b2dc57ee00000000070024000"
			   "20bf0000020405b401010402",
		.next_header = 1,
		.packet = "4a2cbfe3000000020102030405060708ff425c9b724599df7a3bcd510194e00d6a78107f"
			  "1b0b1cbf06efae9d65a5d763748a637985771d347f0545659f14e99def842d8eb335f4ee"
			  "cfdbf831824b4c4915956c96",
	},
	{
		.name = "draft-mcgrew-gcm-test-01 4",
		.aead = "rfc4106(gcm(aes))",
		.key = "0000000000000000000000000000000000000000",
		.spi = 0x00000000,
		.seq = 0x1ULL,
		.payload = "4500003c99c500008001cb7a40679318010101010800075c020044006162636465666768"
			   "696a6b6c6d6e6f7071727374757677616263646566676869",
		.next_header = 1,
		.packet = "000000000000000100000000000000004688daf2f973a392732909c331d56d60f694abaa"
			  "414b5e7ff5fdcdfff5e9a284456476492719ffb64de7d9dca1e1d894bc3bd57873ed4d18"
			  "1d19d4d5c8c18af3f821d496eeb096e98ad2b69e4799c71d",
	},
	{
		.name = "draft-mcgrew-gcm-test-01 5",
		.aead = "rfc4106(gcm(aes))",
		.key = "3de09874b388e6491988d0c3607eae1f57690e43",
		.spi = 0x42f67e3f,
		.seq = 0x1010101010101010ULL,
		.esn = true,
		.payload = "4500003c99c300008001cb7c40679318010101010800085c020043006162636465666768"
			   "696a6b6c6d6e6f7071727374757677616263646566676869",
		.next_header = 1,
		.packet = "42f67e3f101010104e280000a2fca1a3fba2caa4853cf9f0f22cb10d86dd83b0fec75691"
			  "cf1a04b00d1138ec9c35791765acbd8701ad79845bf9fe3fba487bc91755e6662b4c8d0d"
			  "1f5e22739530320ae0d731cc978ecafaeae88f00e80d6e48",
	},
	{
		.name = "draft-mcgrew-gcm-test-01 6",
		.aead = "rfc4106(gcm(aes))",
		.key = "3de09874b388e6491988d0c3607eae1f57690e43",
		.spi = 0x42f67e3f,
		.seq = 0x1010101010101010ULL,
		.esn = true,
		.payload = "4500001c42a200008001441f406793b6e00000020a00f5ff",
		.next_header = 1,
		.packet = "42f67e3f101010104e280000a2fca1a3fba2ca845e5df9f0f22c3e6e86dd831e1fc65792"
			  "cd1af9130e1379ed369f071f35e034be95f112e4e7d05d35",
	},
	{
		.name = "draft-mcgrew-gcm-test-01 7",
		.aead = "rfc4106(gcm(aes))",
		.key = "feffe9928665731c6d6a8f9467308308feffe9928665731ccafebabe",
		.spi = 0x0000a5f8,
		.seq = 0xaULL,
		.payload = "45000028a4ad4000400678800a01038f0a010612802306b8cb712602dd6bb03e501016d0"
			   "7568",
		.next_header = 1,
		.packet = "0000a5f80000000afacedbaddecaf888a5b1f8066029aea40e598b8122de02420938b3ab"
			  "33f828e687b8858b5bfbdbd0315b27452144cc7795457b9652037f5318027b5b4cd7a636",
	},
	{
		.name = "draft-mcgrew-gcm-test-01 8",
		.aead = "rfc4106(gcm(aes))",
		.key = "abbccddef00112233445566778899aabdecaf888",
		.spi = 0x00000100,
		.seq = 0x1ULL,
		.esn = true,
		.payload = "4500004933ba00007f119106c3fb1d10c2b1d326c02831ce0035dd7b800302d500004e20"
			   "001e8c18d75b81dc91baa0476b91b924b280389d92c963bac046ec959b6266c04722b149"
			   "23",
		.next_header = 1,
		.packet = "0000010000000001cafedebaceface7418a6fd42f72cbf4ab2a2ea901f73d814e3e7f243"
			  "d95412e1c349c1d2fbec168f9190feebaf2cb01984e65863965d7472b79da345e0e78019"
			  "1f0d2f0e0f496c226f2127b27db35724e7845d68651f57e65f354f75ff17015769623436",
	},
	{
		.name = "draft-mcgrew-gcm-test-01 9",
		.aead = "rfc4106(gcm(aes))",
		.key = "abbccddef00112233445566778899aababbccddef00112233445566778899aab73616c74",
		.spi = 0x17405e67,
		.seq = 0x156f3126dd0db99bULL,
		.esn = true,
		.payload = "45080028732c00004006e9f90a0106120a01038f06b88023dd6bafbecb71260250101f64"
			   "6d54",
		.next_header = 1,
		.packet = "17405e67dd0db99b616e640169766563f2d69ecdbd5a0d5b8d5ef38bad4da58d1f278fde"
			  "98ef67549d524a3018d9a57ff4d3a31ce673119e451626c2415771e3b7eebca614c89b35",
	},
	{
		.name = "draft-mcgrew-gcm-test-01 10",
		.aead = "rfc4106(gcm(aes))",
		.key = "3de09874b388e6491988d0c3607eae1f57690e43",
		.spi = 0x42f67e3f,
		.seq = 0x1010101010101010ULL,
		.esn = true,
		.payload = "45000049333e00007f119182c3fb1d10c2b1d326c02831ce0035cb458003025b000001e0"
			   "001e8c18d65759d52284a0352c71475c8880391c764d6e5ee0496b325ae270c038994939"
			   "15",
		.next_header = 1,
		.packet = "42f67e3f101010104e280000a2fca1a3fba2cad12fc1f9f00d3cebf305410db83d7784b6"
			  "07323d220f24b0a97d54182800cadb0f68d99ef0e0c0c89ae9bea8884e52d65bc1afd074"
			  "0f742444747b5b39ab533163aad4550ee5160975cdb608c5769189609763b8e18caa81e2",
	},
	{
		.name = "draft-mcgrew-gcm-test-01 11",
		.aead = "rfc4106(gcm(aes))",
		.key = "abbccddef00112233445566778899aababbccddef00112233445566778899aab73616c74",
		.spi = 0x17405e67,
		.seq = 0x156f3126dd0db99bULL,
		.esn = true,
		.payload = "636973636f0172756c657301746865016e6574776501646566696e650174686574656368"
			   "6e6f6c6f67696573017468617477696c6c01646566696e65746f6d6f72726f77",
		.next_header = 1,
		.packet = "17405e67dd0db99b616e640169766563d4b7ed86a1777f2ea13d6973d324c69e7b43f826"
			  "fb56831226508bebd2dceb18d0a6df10e5487df074113e14c641024e3e6773d91a62ee42"
			  "9b043a10e3efe6b012a49363412364f8c0cac587f249e56b11e24f30e44ccc76",
	},
	{
		.name = "draft-mcgrew-gcm-test-01 12",
		.aead = "rfc4106(gcm(aes))",
		.key = "7d773d00c144c525ac619d18c84a3f47d9664267",
		.spi = 0x335467ae,
		.seq = 0xffffffffULL,
		.payload = "",
		.next_header = 1,
		.packet = "335467aeffffffff43457e9182443bc6437f866bcb3f699fe9b0822bac961c4504bef270",
	},
	{
		.name = "draft-mcgrew-gcm-test-01 13",
		.aead = "rfc4106(gcm(aes))",
		.key = "abbccddef00112233445566778899aabdecaf888",
		.spi = 0x00000100,
		.seq = 0x1ULL,
		.esn = true,
		.payload = "746f016265016f72016e6f7401746f016265",
		.next_header = 1,
		.packet = "0000010000000001cafedebaceface7429c9fc69a197d038ccdd14e2ddfcaa0543332164"
			  "412503524303ed3c6c5f283843af8c3e",
	},
	{
		.name = "draft-mcgrew-gcm-test-01 14",
		.aead = "rfc4106(gcm(aes))",
		.key = "6c6567616c697a656d6172696a75616e61616e64646f69746265666f726569617475726e",
		.spi = 0x796b6963,
		.seq = 0xffffffffffffffffULL,
		.esn = true,
		.payload = "45000030da3a00008001df3bc0a80005c0a800010800c6cd020007006162636465666768"
			   "696a6b6c6d6e6f7071727374",
		.next_header = 1,
		.packet = "796b6963ffffffff333021696765746df97ab2aa356d8edce17644ac8c78e25dd24dedbb"
			  "29ebf1b64a274b39b49c3a864cd3d78ca4ae68a32b42458fb57dbe821dcc63b9d0937ba2"
			  "945f669368661a329fb4c053",
	},
	{
		.name = "draft-mcgrew-gcm-test-01 GMAC",
		.aead = "rfc4543(gcm(aes))",
		.key = "4c80cdefbb5d10da906ac73c3613a63422433c64",
		.spi = 0x00004321,
		.seq = 0x7ULL,
		.payload = "45000030da3a00008001df3bc0a80005c0a800010800c6cd020007006162636465666768"
			   "696a6b6c6d6e6f7071727374",
		.next_header = 1,
		.packet = "0000432100000007000000000000000045000030da3a00008001df3bc0a80005c0a80001"
			  "0800c6cd020007006162636465666768696a6b6c6d6e6f707172737401020201f2a9a836"
			  "e155106aa8dcd618e4099aaa",
	},
	{
		.name = "RFC 7634 A",
		.aead = "rfc7539esp(chacha20,poly1305)",
		.key = "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3",
		.spi = 0x01020304,
		.seq = 0x5ULL,
		.payload = "45000054a6f200004001e778c6336405c000020508005b7a3a080000553bec1000073627"
			   "08090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b"
			   "2c2d2e2f3031323334353637",
		.next_header = 4,
		.packet = "0102030400000005101112131415161724039428b97f417e3c13753a4f05087b67c352e6"
			  "a7fab1b982d466ef407ae5c614ee8099d52844eb61aa95dfab4c02f72aa71e7c4c4f64c9"
			  "befe2facc638e8f3cbec163fac469b502773f6fb94e664da9165b82829f641e076aaa826"
			  "6b7fb0f7b11b369907e1ad43",
	},
	{
		.name = "Linux rfc4309, by Crypto++ 1",
		.aead = "rfc4309(ccm(aes))",
		.key = "00000000000000000000000000000000000000",
		.spi = 0x00000000,
		.seq = 0x0ULL,
		.payload = "0000000000000000000000000000",
		.next_header = 0,
		.packet = "000000000000000000000000000000002e9aca6bda54fc6f1250e8de813c63081a22ba75"
			  "eed4d5b5275001ac033339fb",
	},
	{
		.name = "Linux rfc4309, by Crypto++ 2",
		.aead = "rfc4309(ccm(aes))",
		.key = "feffe9928665731c6d6a8f9467308308000000",
		.spi = 0x00000000,
		.seq = 0x0ULL,
		.payload = "0000000000000000000000000000",
		.next_header = 0,
		.packet = "00000000000000000000000000000001cfb99917c8860e7f7e76f8e6f8cc1f176ae0539f"
			  "4b737eda08094ec41eadc6b0",
	},
	{
		.name = "Linux rfc4309, by Crypto++ 3",
		.aead = "rfc4309(ccm(aes))",
		.key = "feffe9928665731c6d6a8f9467308308000000",
		.spi = 0x00000000,
		.seq = 0x0ULL,
		.payload = "01010101010101010101010101",
		.next_header = 1,
		.packet = "0000000000000000000000000000000033de73bca6ce4ea661f4f541034ae386a1e2c242"
			  "2b817040fd7f76d10307bb0c",
	},
	{
		.name = "Linux rfc4309, by Crypto++ 4",
		.aead = "rfc4309(ccm(aes))",
		.key = "feffe9928665731c6d6a8f9467308308000000",
		.spi = 0x01010101,
		.seq = 0x1010101ULL,
		.payload = "01010101010101010101010101",
		.next_header = 1,
		.packet = "0101010101010101000000000000000033de73bca6ce4ea661f4f541034ae3865bc073e0"
			  "2b7368c92d8c58c2903db03e",
	},
	{
		.name = "Linux rfc4309, by Crypto++ 5",
		.aead = "rfc4309(ccm(aes))",
		.key = "feffe9928665731c6d6a8f9467308308000000",
		.spi = 0x01010101,
		.seq = 0x1010101ULL,
		.payload = "01010101010101010101010101",
		.next_header = 1,
		.packet = "01010101010101010000000000000001ceb89816c9870f7e7f77f9e7f9cd1e16438e7657"
			  "3bb405e8a99bbf25e04fc0ed",
	},
	{
		.name = "Linux rfc4309, by Crypto++ 6",
		.aead = "rfc4309(ccm(aes))",
		.key = "feffe9928665731c6d6a8f9467308308000000",
		.spi = 0x01010101,
		.seq = 0x1010101ULL,
		.payload = "010101010101010101010101010101010101010101010101010101010101010101010101"
			   "01010101010101010101010101010101010101010101010101",
		.next_header = 1,
		.packet = "01010101010101010000000000000001ceb89816c9870f7e7f77f9e7f9cd1e169ca49783"
			  "3f01a5f44309e7b8e9d1d7029bab3918eb943436e6c5c89b00819e491d78e148e3e9ea8e"
			  "3a2b675d356a0fdb0273dde7304a30541a9d09cac81c325f",
	},
	{
		.name = "Linux rfc4309, by Crypto++ 7",
		.aead = "rfc4309(ccm(aes))",
		.key = "feffe9928665731c6d6a8f9467308308cafeba",
		.spi = 0x0000a5f8,
		.seq = 0xaULL,
		.payload = "4500003e698f000080114dccc0a80102c0a801010a980035002a2343b2d0010000010000"
			   "00000000037369700963796265726369747902646b0000010001",
		.next_header = 1,
		.packet = "0000a5f80000000afacedbaddecaf8884bc2706064d2f3c8e5268adeb87e7d1656c7d288"
			  "ba8d58aff571b63784a7b199515c0da027dee72def25881f1d7711ffdbedee5616c55c9b"
			  "00621f684e7ca09710727e53133b68e43099917909eaff6a",
	},
	{
		.name = "Linux rfc4309, by Crypto++ 8",
		.aead = "rfc4309(ccm(aes))",
		.key = "abbccddef00112233445566778899aababbccddef00112233445566778899aab112233",
		.spi = 0x4a2cbfe3,
		.seq = 0x2ULL,
		.payload = "4500003069a6400080062690c0a801029389155e0a9e008b2dc57ee00000000070024000"
			   "20bf0000020405b401010402",
		.next_header = 1,
		.packet = "4a2cbfe3000000020102030405060708d6310d2b3d6fbd2f58417eff9a9e09b41af7f642"
			  "31cdbfad270e2cf2db10df558f0dd7ac23bd4210d0b2afd837ac6b0b11d40b12ecb4b192"
			  "23a610b026d6d9265a486a3e",
	},
	{
		.name = "Linux rfc4309, by Crypto++ 9",
		.aead = "rfc4309(ccm(aes))",
		.key = "00000000000000000000000000000000000000",
		.spi = 0x00000000,
		.seq = 0x1ULL,
		.payload = "4500003c99c500008001cb7a40679318010101010800075c020044006162636465666768"
			   "696a6b6c6d6e6f7071727374757677616263646566676869",
		.next_header = 1,
		.packet = "000000000000000100000000000000006b9aca574391fc6f925123a4c15bf010f313f4f8"
			  "a19ab4dc89c8f8426295b7cbb8f50f1b2e94a2a7bffb8a921363d13c08f5e8a6aaf634f9"
			  "4205afb3e79afcee3625c110121cca82eae6635a5728a99a",
	},
	{
		.name = "Linux rfc4309, by Crypto++ 10",
		.aead = "rfc4309(ccm(aes))",
		.key = "feffe9928665731c6d6a8f9467308308feffe9928665731ccafeba",
		.spi = 0x0000a5f8,
		.seq = 0xaULL,
		.payload = "45000028a4ad4000400678800a01038f0a010612802306b8cb712602dd6bb03e501016d0"
			   "7568",
		.next_header = 1,
		.packet = "0000a5f80000000afacedbaddecaf888052215d152568504a85c5d6d7e6ef5faea163750"
			  "f3df843b2f321857342a8c2367df6d357b540dfb34a59f6c48301e22feb12217178ab95b",
	},
	{
		.name = "Linux rfc4309, by Crypto++ 11",
		.aead = "rfc4309(ccm(aes))",
		.key = "7d773d00c144c525ac619d18c84a3f47d96642",
		.spi = 0x335467ae,
		.seq = 0xffffffffULL,
		.payload = "",
		.next_header = 1,
		.packet = "335467aeffffffff43457e9182443bc64c7263302fe656ddd0d8609d8bef8590f7612462",
	},
	{
		.name = "RFC 3602 4, case 5",
		.enc = "cbc(aes)",
		.key = "90d382b410eeba7ad938c46cec1a82bf",
		.spi = 0x00004321,
		.seq = 0x1ULL,
		.payload = "08000ebda70a00008e9c083db95b070008090a0b0c0d0e0f101112131415161718191a1b"
			   "1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637",
		.next_header = 1,
		.packet = "0000432100000001e96e8c08ab465763fd098d45dd3ff893f663c25d325c18c6a9453e19"
			  "4e120849a4870b66cc6b9965330013b4898dc856a4699e523a55db080b59ec3a8e4b7e52"
			  "775b07d1db34ed9c538ab50c551b874aa269add047ad2d5913ac19b7cfbad4a6",
		.extent = VECTOR_NO_ICV,
	},
	{
		.name = "RFC 3602 4, case 6",
		.enc = "cbc(aes)",
		.key = "90d382b410eeba7ad938c46cec1a82bf",
		.spi = 0x00004321,
		.seq = 0x8ULL,
		.payload = "0800b5e8a80a0500a69c083d0b660e00777777777777777777777777",
		.next_header = 1,
		.packet = "000043210000000869d08df7d203329db093fc4924e5bd80f51995881ec4e0c4488987ce"
			  "742e8109689bb379d2d750c0d915dca346a89f75",
		.extent = VECTOR_NO_ICV,
	},
	{
		.name = "RFC 3602 4, case 7",
		.enc = "cbc(aes)",
		.key = "0123456789abcdef0123456789abcdef",
		.spi = 0x00008765,
		.seq = 0x2ULL,
		.payload = "45000054090400004001f988c0a87b03c0a87bc808009f76a90a0100b49c083d02a20400"
			   "08090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b"
			   "2c2d2e2f3031323334353637",
		.next_header = 4,
		.packet = "0000876500000002f4e765244f6407adf13dc1380f673f37773b5241a4c449225e4f3ce5"
			  "ed611b0c237ca96cf74a93013c1b0ea1a0cf70f8e4ecaec78ac53aad7a0f022b859243c6"
			  "47752e94a859352b8a4d4d2decd136e5c177f132ad3fbfb2201ac9904c74ee0a109e0ca1"
			  "e4dfe9d5a100b842f1c22f0d",
		.extent = VECTOR_NO_ICV,
	},
	{
		.name = "RFC 3602 4, case 8",
		.enc = "cbc(aes)",
		.key = "0123456789abcdef0123456789abcdef",
		.spi = 0x00008765,
		.seq = 0x5ULL,
		.payload = "45000044090c00004001f990c0a87b03c0a87bc80800d63caa0a0200c69c083da3de0300"
			   "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		.next_header = 4,
		.packet = "000087650000000585d47224b5f3dd5d2101d4ea8dffab2215b92683819596a8047232cc"
			  "00f7048fe45318e11f8a0f62ede3c3fc61203bb50f980a08c9843fd3a1b06d5c07ff9639"
			  "b7eb7dfb3512e5de435e7207ed971ef3d2726d9b5ef6affc6d17a0decbb13892",
		.extent = VECTOR_NO_ICV,
	},
	{
		.name = "RFC 3602 4, case 1",
		.enc = "cbc(aes)",
		.key = "06a9214036b8a15b512e03d534120006",
		.spi = 0x00001000,
		.seq = 0x1ULL,
		.payload = "53696e676c6520626c6f636b206d7367",
		.next_header = 4,
		.packet = "00001000000000013dafba429d9eb430b422da802c9fac41e353779c1079aeb82708942d"
			  "be77181a",
		.extent = VECTOR_PREFIX,
	},
	{
		.name = "RFC 3602 4, case 2",
		.enc = "cbc(aes)",
		.key = "c286696d887c9aa0611bbb3e2025a45a",
		.spi = 0x00001000,
		.seq = 0x1ULL,
		.payload = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
		.next_header = 4,
		.packet = "0000100000000001562e17996d093d28ddb3ba695a2e6f58d296cd94c2cccf8a3a863028"
			  "b5e1dc0a7586602d253cfff91b8266bea6d61ab1",
		.extent = VECTOR_PREFIX,
	},
	{
		.name = "RFC 3686 6 1",
		.enc = "rfc3686(ctr(aes))",
		.key = "ae6852f8121067cc4bf7a5765577f39e00000030",
		.spi = 0x00001000,
		.seq = 0x1ULL,
		.payload = "53696e676c6520626c6f636b206d7367",
		.next_header = 4,
		.packet = "00001000000000010000000000000000e4095d4fb7a7b3792d6175a3261311b8",
		.extent = VECTOR_PREFIX,
	},
	{
		.name = "RFC 3686 6 2",
		.enc = "rfc3686(ctr(aes))",
		.key = "7e24067817fae0d743d6ce1f32539163006cb6db",
		.spi = 0x00001000,
		.seq = 0x1ULL,
		.payload = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
		.next_header = 4,
		.packet = "0000100000000001c0543b59da48d90b5104a106168a72d9790d41ee8edad388eb2e1efc"
			  "46da57c8fce630df9141be28",
		.extent = VECTOR_PREFIX,
	},
	{
		.name = "RFC 3686 6 3",
		.enc = "rfc3686(ctr(aes))",
		.key = "16af5b145fc9f579c175f93e3bfb0eed863d06ccfdb7851500000048",
		.spi = 0x00001000,
		.seq = 0x1ULL,
		.payload = "53696e676c6520626c6f636b206d7367",
		.next_header = 4,
		.packet = "000010000000000136733c147d6d93cb4b55384fe259c9c84e7935a003cbe928",
		.extent = VECTOR_PREFIX,
	},
	{
		.name = "RFC 3686 6 4",
		.enc = "rfc3686(ctr(aes))",
		.key = "7c5cb2401b3dc33c19e7340819e0f69c678c3db8e6f6a91a0096b03b",
		.spi = 0x00001000,
		.seq = 0x1ULL,
		.payload = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
		.next_header = 4,
		.packet = "0000100000000001020c6eadc2cb500d453243fc609b23327edfaafa7131cd9f8490701c"
			  "5ad4a79cfc1fe0ff42f4fb00",
		.extent = VECTOR_PREFIX,
	},
	{
		.name = "RFC 3686 6 5",
		.enc = "rfc3686(ctr(aes))",
		.key = "776beff2851db06f4c8a0542c8696f6c6a81af1eec96b4d37fc1d689e6c1c10400000060",
		.spi = 0x00001000,
		.seq = 0x1ULL,
		.payload = "53696e676c6520626c6f636b206d7367",
		.next_header = 4,
		.packet = "0000100000000001db5672c97aa8f0b2145ad01dbf824ec7560863dc71e3e0c0",
		.extent = VECTOR_PREFIX,
	},
	{
		.name = "RFC 3686 6 6",
		.enc = "rfc3686(ctr(aes))",
		.key = "f6d66d6bd52d59bb0796365879eff886c66dd51a5b6a99744b50590c87a2388400faac24",
		.spi = 0x00001000,
		.seq = 0x1ULL,
		.payload = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
		.next_header = 4,
		.packet = "0000100000000001c1585ef15a43d875f05e231b3894612c49ee000b804eb2a9b8306b50"
			  "8f839d6a5530831d9344af1c",
		.extent = VECTOR_PREFIX,
	},
	{
		.name = "SP 800-67 B.1, block 1",
		.enc = "cbc(des3_ede)",
		.key = "0123456789abcdef23456789abcdef01456789abcdef0123",
		.spi = 0x00001000,
		.seq = 0x1ULL,
		.payload = "5468652071756663",
		.next_header = 4,
		.packet = "00001000000000010000000000000000a826fd8ce53b855f",
		.extent = VECTOR_PREFIX,
	},
	{
		.name = "SP 800-67 B.1, block 2",
		.enc = "cbc(des3_ede)",
		.key = "0123456789abcdef23456789abcdef01456789abcdef0123",
		.spi = 0x00001000,
		.seq = 0x1ULL,
		.payload = "6b2062726f776e20",
		.next_header = 4,
		.packet = "00001000000000010000000000000000cce21c8112256fe6",
		.extent = VECTOR_PREFIX,
	},
	{
		.name = "SP 800-67 B.1, block 3",
		.enc = "cbc(des3_ede)",
		.key = "0123456789abcdef23456789abcdef01456789abcdef0123",
		.spi = 0x00001000,
		.seq = 0x1ULL,
		.payload = "666f78206a756d70",
		.next_header = 4,
		.packet = "0000100000000001000000000000000068d5c05dd9b6b900",
		.extent = VECTOR_PREFIX,
	},
};
