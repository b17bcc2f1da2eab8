//! Letters to a support team in many scripts, and what else is sent to one. No word of it is anybody's.

/// Each with the most tokens that any of nine tokenizers has for it, as `budget::estimate` names them.
pub(crate) const SCRIPTS: [(&str, usize, &str); 32] = [
    (
        "English",
        107,
        "Hello, my order has still not arrived although the tracking page says that it was delivered last Tuesday. I have asked my neighbours and nobody has seen the parcel. Could you please check with the carrier and tell me whether I can get a refund or a replacement? I need it before the weekend, because it is a birthday present. Also, the invoice shows the wrong address; it should be the one in my account. Thank you very much for your help, and sorry for the trouble.",
    ),
    (
        "short English",
        60,
        "hi\nok thx!!\nAny update on this?\nlol no worries\nPls cancel asap\nit's broken again :(\nwhen will it ship?\nI can't log in w/ my acct\nGreat, thanks Bob!\nyep.",
    ),
    (
        "German",
        150,
        "Guten Tag, meine Bestellung ist leider immer noch nicht angekommen, obwohl die Sendungsverfolgung behauptet, sie sei am vergangenen Dienstag zugestellt worden. Könnten Sie bitte beim Paketdienst nachfragen und mir mitteilen, ob ich eine Rückerstattung oder Ersatzlieferung bekomme? Außerdem stimmt die Rechnungsadresse auf der Auftragsbestätigung nicht. Die Umsatzsteueridentifikationsnummer fehlt ebenfalls. Mit freundlichen Grüßen und herzlichem Dank für Ihre Unterstützung.",
    ),
    (
        "Polish",
        147,
        "Dzień dobry, moje zamówienie wciąż nie dotarło, chociaż według śledzenia przesyłki zostało doręczone w zeszły wtorek. Czy mogliby Państwo sprawdzić u przewoźnika i powiedzieć, czy przysługuje mi zwrot pieniędzy? Adres na fakturze też jest błędny, proszę o poprawienie. Dziękuję za szybką odpowiedź.",
    ),
    (
        "Hungarian",
        128,
        "Jó napot, a rendelésem még mindig nem érkezett meg, pedig a nyomkövetés szerint múlt kedden kézbesítették. Meg tudnák kérdezni a futárszolgálatot, és megmondanák, hogy visszakaphatom-e a pénzemet? A számlázási cím is hibás. Előre is köszönöm a segítségüket.",
    ),
    (
        "Vietnamese",
        178,
        "Xin chào, đơn hàng của tôi vẫn chưa đến mặc dù trang theo dõi ghi rằng đã giao vào thứ Ba tuần trước. Anh chị có thể kiểm tra với đơn vị vận chuyển và cho tôi biết tôi có được hoàn tiền không? Địa chỉ trên hóa đơn cũng bị sai. Cảm ơn rất nhiều.",
    ),
    (
        "Indonesian",
        108,
        "Halo, pesanan saya belum juga sampai padahal di halaman pelacakan tertulis sudah diantar hari Selasa lalu. Tolong dicek ke pihak kurir dan beri tahu saya apakah bisa pengembalian dana atau penggantian barang. Alamat penagihan juga salah. Terima kasih banyak atas bantuannya.",
    ),
    (
        "Russian",
        140,
        "Здравствуйте, мой заказ до сих пор не пришёл, хотя на странице отслеживания указано, что он был доставлен в прошлый вторник. Не могли бы вы уточнить у перевозчика и сообщить, могу ли я получить возврат денег? Адрес в счёте тоже неправильный. Большое спасибо за помощь.",
    ),
    (
        "Greek",
        307,
        "Καλημέρα, η παραγγελία μου δεν έχει φτάσει ακόμα, παρόλο που η σελίδα παρακολούθησης λέει ότι παραδόθηκε την περασμένη Τρίτη. Μπορείτε να ρωτήσετε τον μεταφορέα και να μου πείτε αν δικαιούμαι επιστροφή χρημάτων; Η διεύθυνση στο τιμολόγιο είναι επίσης λάθος. Ευχαριστώ πολύ.",
    ),
    (
        "Hebrew",
        192,
        "שלום, ההזמנה שלי עדיין לא הגיעה למרות שבדף המעקב כתוב שהיא נמסרה ביום שלישי שעבר. האם תוכלו לבדוק עם חברת המשלוחים ולומר לי אם אוכל לקבל החזר כספי? גם הכתובת בחשבונית שגויה. תודה רבה על העזרה.",
    ),
    (
        "Arabic",
        211,
        "مرحبا، لم يصل طلبي حتى الآن على الرغم من أن صفحة التتبع تقول إنه تم تسليمه يوم الثلاثاء الماضي. هل يمكنكم التحقق من شركة الشحن وإخباري ما إذا كان بإمكاني استرداد المبلغ؟ كما أن عنوان الفاتورة غير صحيح. شكرا جزيلا على مساعدتكم.",
    ),
    (
        "vocalised Arabic",
        215,
        "مَرْحَبًا، لَمْ يَصِلْ طَلَبِي حَتَّى الآنَ عَلَى الرَّغْمِ مِنْ أَنَّ صَفْحَةَ التَّتَبُّعِ تَقُولُ إِنَّهُ تَمَّ تَسْلِيمُهُ يَوْمَ الثُّلَاثَاءِ المَاضِي.",
    ),
    (
        "Persian",
        220,
        "سلام، سفارش من هنوز نرسیده است، با اینکه در صفحهٔ پیگیری نوشته شده سه‌شنبهٔ گذشته تحویل داده شده. لطفاً از شرکت پست بپرسید و به من بگویید آیا می‌توانم پولم را پس بگیرم؟ نشانی صورت‌حساب هم اشتباه است. سپاسگزارم.",
    ),
    (
        "Japanese",
        214,
        "お世話になっております。先週の火曜日に配達済みと表示されているのですが、注文した商品がまだ届いておりません。運送会社に確認していただき、返金または交換が可能かどうか教えていただけますでしょうか。また、請求書の住所が間違っているようですので、アカウントに登録されている住所に修正してください。誕生日プレゼントなので、週末までに必要です。よろしくお願いいたします。",
    ),
    (
        "Chinese",
        179,
        "您好，我的订单到现在还没有收到，但是物流页面显示上周二已经签收了。请您帮忙联系快递公司核实一下，并告诉我是否可以退款或者重新发货？另外，发票上的地址写错了，应该是我账户里登记的那个地址。这是一份生日礼物，我周末之前就需要。非常感谢您的帮助，给您添麻烦了。",
    ),
    (
        "traditional Chinese",
        176,
        "您好，我的訂單到現在還沒有收到，但是物流頁面顯示上週二已經簽收了。請您協助聯絡貨運公司確認，並告訴我是否可以退款或者重新寄送？另外，發票上的地址寫錯了，應該是我帳戶裡登記的那個地址。謝謝您的協助。",
    ),
    (
        "Korean",
        260,
        "안녕하세요, 지난 화요일에 배송이 완료되었다고 나오는데 아직 주문한 상품을 받지 못했습니다. 택배사에 확인하시고 환불이나 교환이 가능한지 알려주시겠어요? 그리고 청구서의 주소가 잘못되어 있습니다. 제 계정에 등록된 주소로 수정해 주세요. 생일 선물이라서 주말 전에 꼭 필요합니다. 도와주셔서 정말 감사합니다.",
    ),
    (
        "Thai",
        484,
        "สวัสดีค่ะ สินค้าที่สั่งซื้อยังไม่มาถึงเลย ทั้งที่ในหน้าติดตามพัสดุแจ้งว่าจัดส่งสำเร็จแล้วเมื่อวันอังคารที่ผ่านมา รบกวนช่วยตรวจสอบกับบริษัทขนส่งและแจ้งให้ทราบด้วยว่าจะสามารถขอเงินคืนหรือเปลี่ยนสินค้าได้หรือไม่ นอกจากนี้ที่อยู่ในใบแจ้งหนี้ก็ไม่ถูกต้อง ขอบคุณมากค่ะที่ช่วยเหลือ",
    ),
    (
        "Hindi",
        311,
        "नमस्ते, मेरा ऑर्डर अभी तक नहीं पहुँचा है, जबकि ट्रैकिंग पेज पर लिखा है कि उसे पिछले मंगलवार को पहुँचा दिया गया था। क्या आप कृपया कूरियर कंपनी से पता करके बता सकते हैं कि मुझे पैसे वापस मिल सकते हैं या नहीं? बिल पर पता भी गलत है, कृपया उसे ठीक कर दें। आपकी सहायता के लिए बहुत-बहुत धन्यवाद।",
    ),
    (
        "Bengali",
        309,
        "নমস্কার, আমার অর্ডার এখনও আসেনি, যদিও ট্র্যাকিং পাতায় লেখা আছে যে গত মঙ্গলবার তা পৌঁছে দেওয়া হয়েছে। আপনারা কি কুরিয়ারের সাথে যোগাযোগ করে জানাবেন আমি টাকা ফেরত পাব কি না? ধন্যবাদ।",
    ),
    (
        "Tamil",
        390,
        "வணக்கம், என் ஆர்டர் இன்னும் வரவில்லை, ஆனால் கடந்த செவ்வாய்க்கிழமை வழங்கப்பட்டதாகக் கண்காணிப்புப் பக்கம் கூறுகிறது. தயவுசெய்து நிறுவனத்திடம் விசாரித்து பணத்தைத் திரும்பப் பெற முடியுமா என்று சொல்லுங்கள். நன்றி.",
    ),
    (
        "Burmese",
        510,
        "မင်္ဂလာပါ၊ ကျွန်တော့်ရဲ့ အော်ဒါ အခုထိ မရောက်သေးပါဘူး။ ပြီးခဲ့တဲ့ အင်္ဂါနေ့က ပို့ပြီးသားလို့ ပြထားပါတယ်။ ပို့ဆောင်ရေး ကုမ္ပဏီကို စစ်ဆေးပေးပြီး ငွေပြန်အမ်းလို့ ရမရ ပြောပြပေးပါ။ ငွေတောင်းခံလွှာပေါ်က လိပ်စာလည်း မှားနေပါတယ်။ ကူညီပေးတဲ့အတွက် ကျေးဇူးအများကြီး တင်ပါတယ်။",
    ),
    (
        "Khmer",
        478,
        "សួស្តី ការបញ្ជាទិញរបស់ខ្ញុំមិនទាន់មកដល់នៅឡើយទេ ទោះបីជាទំព័រតាមដានបង្ហាញថាបានដឹកជញ្ជូនរួចហើយកាលពីថ្ងៃអង្គារមុនក៏ដោយ។ សូមជួយពិនិត្យជាមួយក្រុមហ៊ុនដឹកជញ្ជូន។ សូមអរគុណ",
    ),
    (
        "Tibetan",
        492,
        "བཀྲ་ཤིས་བདེ་ལེགས། ངའི་མངགས་ཉོ་བྱས་པའི་ཅ་ལག་ད་ལྟའི་བར་དུ་འབྱོར་མ་སོང་། ཁྱེད་རང་གིས་སྐྱེལ་འདྲེན་ཀུང་སིར་འདྲི་རོགས་གནང་། ངས་དངུལ་ཕྱིར་སློག་ཐུབ་མིན་གསུང་རོགས། ཐུགས་རྗེ་ཆེ།",
    ),
    (
        "Amharic",
        451,
        "ሰላም፣ ትዕዛዜ እስካሁን አልደረሰም፤ ነገር ግን የመከታተያ ገጹ ባለፈው ማክሰኞ እንደደረሰ ይናገራል። እባክዎን የማጓጓዣ ድርጅቱን ጠይቀው ገንዘቤ ተመላሽ ሊሆን ይችል እንደሆነ ይንገሩኝ። በደረሰኙ ላይ ያለው አድራሻም ትክክል አይደለም። ስለ እርዳታዎ በጣም አመሰግናለሁ።",
    ),
    (
        "Georgian",
        340,
        "გამარჯობა, ჩემი შეკვეთა ჯერ არ მოსულა, თუმცა თვალთვალის გვერდზე წერია, რომ გასულ სამშაბათს ჩააბარეს. შეგიძლიათ გადაამოწმოთ გადამზიდავთან და მითხრათ, დამიბრუნდება თუ არა თანხა? გმადლობთ.",
    ),
    ("emoji", 135, "😀😂🤣😍🥰😭😡👍👎🙏🎉🔥💯❤️✨🚀🤔😅😉😎🥳😴🤮🤯👀💪🙌👏🎁📦📮🚚💳🧾"),
    (
        "base64",
        243,
        "xmWndCrD/9uMgiwdTAirTQbBHs0Wpm9itKYuiboffe7/1YFsZJ+ZE094Sov1oVOenxMUu+itJYd7U5gMhcHjBypClXoHBoycLj3qMZWv+OqhQ2CFW9byuxZqwheSA68kouUpI0TmbI3y8b85Objgj/94RgCUVO4sS/+X6YviqT2uz2ecJ0r8MUDh4O5CppZmIzq5PDwjqzvrqP43536hp+NqY9gUH3ZRhB8UwuANnVf8fRjSpNH8YiMfu5kLoRVDgsedirQvyJhtjGPBuT/g9wIhpjo3sfRcCfAClhAJ91bq",
    ),
    (
        "identifiers",
        214,
        "3e334e85-9879-af25-6d38-27d651b7804a\ne4774cdd-a079-3f86-414e-8b9140bb6db4\n270c1b08-4f3f-146e-b578-7075158d9c53\n532a7b8e-0328-a8d0-5a8e-6258b28b9a36\n7b8d62fd-2f0f-5b2e-3ba5-437e5b983128\n4d0a87b6-3b72-90cd-6440-4e2d8098dee1\n",
    ),
    (
        "digits",
        300,
        "499746079348501839620884106553144003948337036886212865491607046164492622094175583239451533514093399826567503578483760914939462590381567903102416411969932610319052666594437197177194641668904477790053089044885048183041172997623770275881086672715619919050967976874953435688214881190500326757518176053856",
    ),
    (
        "addresses",
        234,
        "https://app.example.com/a/inbox/x0y8zqk2/inbox/conversation/2154700000031?utm_source=Mail&utm_campaign=Q0_promo&token=gJ1FgKrtQVZavDjVj3f4QA\nhttps://app.example.com/a/inbox/x1y8zqk2/inbox/conversation/2154700000131?utm_source=Mail&utm_campaign=Q1_promo&token=g_FTX5mrC_Tp0C39hdPj9w\nhttps://app.example.com/a/inbox/x2y8zqk2/inbox/conversation/2154700000231?utm_source=Mail&utm_campaign=Q2_promo&token=",
    ),
    (
        "mixed",
        104,
        "Order #48213 (注文) ist 遅れている 😡 — pls check: https://shop.example.com/orders/48213?ref=mail&lang=ja. Preis 1.299,00 € / ¥198,000. Спасибо! ขอบคุณค่ะ شكرا 감사합니다",
    ),
];
